// Reads what a list keeps in the URL. Whatever cannot be understood is dropped,
// so that an old or mistyped link still opens the list.

/** Some text, or undefined when it is missing or empty. TanStack Router parses numbers; they are text again here. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** One of the allowed words. */
export function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((word) => word === value);
}

/** Allowed words separated by commas, in one order, so that equal filters have equal addresses. */
export function someOf(value: unknown, allowed: readonly string[]): string | undefined {
  if (typeof value !== 'string') return undefined;
  const given = value.split(',');
  return allowed.filter((word) => given.includes(word)).join(',') || undefined;
}

/** The words of a comma-separated filter. */
export function words<T extends string>(value: string | undefined): T[] {
  return value ? (value.split(',') as T[]) : [];
}

/** A date as "2026-11-22". */
export function date(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return undefined;
  const parsed = new Date(`${value}T00:00:00Z`);
  return Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== value ? undefined : value;
}

/** A field to sort by, with a minus in front for descending. */
export function sort<T extends string>(value: unknown, fields: readonly T[]): T | `-${T}` | undefined {
  return fields.flatMap((field) => [field, `-${field}` as const]).find((known) => known === value);
}

/** The same object without the entries that say nothing. */
export function tidy<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
