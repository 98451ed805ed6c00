// Small translations between what is chosen on screen and what the server takes. Pure.
import type { ImportOptions } from '../../api';

const mark = 'new:';
/** New groups have no id yet; among the chosen ones they go by their name. */
export const newGroupId = (name: string): string => mark + name;
export const newGroupName = (id: string): string | null => (id.startsWith(mark) ? id.slice(mark.length) : null);

/** When the mail goes out: never, at once, or at the moment that `mail` holds. */
export function mailChoice(mail: string | undefined): 'no' | 'now' | 'later' {
  if (mail === undefined || mail === 'no') return 'no';
  return mail === 'now' ? mail : 'later';
}

/** A moment for an input of type datetime-local, which speaks of the viewer's own clock. */
export function toLocal(moment: string | undefined): string {
  const at = new Date(moment ?? '');
  if (Number.isNaN(at.getTime())) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Back again; a half-typed moment stays what was typed, so that it can be complained about. */
export function fromLocal(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? local : at.toISOString();
}

export function dueProblem(mail: string | undefined, now: number = Date.now()): string | null {
  const at = Date.parse(mail ?? '');
  if (Number.isNaN(at)) return 'Choose a day and a time.';
  return at <= now ? 'This moment is past. Choose a later one.' : null;
}

/** What keeps groups and keys from being used, or null. */
export function assignProblem(assign: ImportOptions['assignKey'], now?: number): string | null {
  return assign && mailChoice(assign.mail) === 'later' ? dueProblem(assign.mail, now) : null;
}

/** Whether two sets of options mean the same, so that an unchanged step keeps its plan. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
