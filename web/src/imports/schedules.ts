// When a saved import runs, in words and as typed. Pure.
import type { ImportSchedule } from '../api';

/** By their number in the API, where 0 is Monday. */
export const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

export type Timing = Pick<ImportSchedule, 'every' | 'at' | 'weekday' | 'timeZone'>;

/** "Every Monday at 02:30 (Europe/Zurich)". */
export function timingWords({ every, at, weekday, timeZone }: Timing): string {
  switch (every) {
    case 'hour':
      return at.endsWith(':00') ? 'Every hour' : `Every hour, ${Number(at.slice(3))} minutes past`;
    case 'day':
      return `Every day at ${at} (${timeZone})`;
    case 'week':
      return `Every ${weekdays[weekday ?? 0]} at ${at} (${timeZone})`;
  }
}

/** The moment of the next run on the clock of the schedule: "Mon 23 Nov, 02:30". */
export function momentWords(at: string, timeZone: string | undefined): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  }).format(new Date(at));
}

export interface ScheduleDraft extends Timing {
  name: string;
  enabled: boolean;
}

export type DraftProblems = Partial<Record<'name' | 'at' | 'timeZone', string>>;

export function draftProblems(draft: ScheduleDraft): DraftProblems {
  const problems: DraftProblems = {};
  if (draft.name.trim() === '') problems.name = 'Write a name, such as “Everybody, each night”.';
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(draft.at)) problems.at = 'Choose a time, such as 02:30.';
  if (!isZone(draft.timeZone)) problems.timeZone = 'Choose a time zone from the list, such as Europe/Zurich.';
  return problems;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone !== '';
  } catch {
    return false;
  }
}

/** The viewer's own zone. */
export function homeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Every zone that the browser knows, the viewer's included. */
export function zones(): string[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', homeZone()])].sort();
}
