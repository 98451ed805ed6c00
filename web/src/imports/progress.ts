// How far an import is, in numbers for the eye and in words for the ear. Pure.
import type { Import, ImportState } from '../api';
import { clockWords, spanWords } from '../shared/time';

const runningStates: readonly ImportState[] = ['reading', 'planning', 'applying', 'undoing'];

/** Whether somebody is working on it now, so that it is worth asking again each second. */
export function isRunning(state: ImportState): boolean {
  return runningStates.includes(state);
}

/** Whether it can still be changed in its wizard. */
export function isOpen(state: ImportState): boolean {
  return state === 'draft' || state === 'ready' || state === 'reading' || state === 'planning';
}

const phases: Record<NonNullable<Import['phase']>, { csv: string; entra: string }> = {
  reading: { csv: 'Reading the file', entra: 'Reading from Entra ID' },
  planning: { csv: 'Comparing with the people who are here', entra: 'Comparing with the people who are here' },
  applying: { csv: 'Importing', entra: 'Importing' },
  undoing: { csv: 'Undoing', entra: 'Undoing' },
};

/** What it is doing. Before the worker has taken it up it waits, for a moment. */
export function phaseWords({ phase, state, source }: Pick<Import, 'phase' | 'state' | 'source'>): string {
  const known = phase ?? (isRunning(state) ? (state as NonNullable<Import['phase']>) : null);
  return known ? phases[known][source] : '';
}

export interface ProgressView {
  /** From 0 to 1; undefined while the whole is not known. */
  part: number | undefined;
  /** "1,204 of 10,000". */
  count: string;
  /** "850 a second". */
  rate: string | null;
  /** "about 40 seconds left". */
  left: string | null;
  /** "Paused by Microsoft until 12:03:05". */
  paused: string | null;
  errors: number;
}

export function progressView(progress: Import['progress'], zone?: string): ProgressView {
  if (!progress) return { part: undefined, count: 'Starting…', rate: null, left: null, paused: null, errors: 0 };
  const { done, total, errors, perSecond, secondsLeft, pausedUntil } = progress;
  const count = done.toLocaleString('en');
  return {
    part: total !== null && total > 0 ? Math.min(done / total, 1) : undefined,
    count: total === null ? `${count} so far` : `${count} of ${total.toLocaleString('en')}`,
    rate: perSecond > 0 && pausedUntil === null ? `${Math.max(1, Math.round(perSecond)).toLocaleString('en')} a second` : null,
    left: secondsLeft === null || pausedUntil !== null ? null : `${spanWords(secondsLeft)} left`,
    paused: pausedUntil === null ? null : `Paused by Microsoft until ${clockWords(pausedUntil, zone)}`,
    errors,
  };
}

/**
 * What is read out while it runs: the phase and its quarters, and a pause. It changes a few times in
 * a run, not each second, because whoever listens does other things meanwhile.
 */
export function announcement(run: Pick<Import, 'phase' | 'state' | 'source' | 'progress'>): string {
  const { part, paused } = progressView(run.progress);
  const quarter = part === undefined ? 0 : Math.floor(part * 4) * 25;
  const far = quarter > 0 && quarter < 100 ? `, ${quarter} percent` : '';
  return `${phaseWords(run)}${far}${paused ? `. ${paused}` : ''}`;
}
