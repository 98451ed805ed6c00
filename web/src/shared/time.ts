// Times in words, in the reader's own zone. Pure, so that tests can say what "now" is.

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "5 minutes ago", "in 3 days", "just now". */
export function relativeWords(at: string, now: number = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return seconds > 5 ? 'in less than a minute' : 'just now';
}

/** "22 November 2026, 10:39 CET": date and time with the zone's name. */
export function absoluteWords(at: string, zone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone: zone,
  })
    .format(new Date(at))
    .replace(' at ', ', ');
}

/** "22 Nov 2026". */
export function dayWords(at: string, zone?: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: zone }).format(
    new Date(at),
  );
}

/** Hours as people say them: "3 days", "36 hours", "1 hour". */
export function hoursWords(hours: number): string {
  const [count, unit] = hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** How long a link still works, and until when: "for 3 more days, until 25 November 2026, 10:39 CET". */
export function expiryWords(at: string, now: number = Date.now(), zone?: string): string {
  const minutes = Math.floor((Date.parse(at) - now) / 60_000);
  const until = `until ${absoluteWords(at, zone)}`;
  if (minutes < 1) return until;
  const [count, unit] =
    minutes < 90
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.round(minutes / 60), 'hour']
        : [Math.floor(minutes / 1440), 'day'];
  return `for ${count} more ${unit}${count === 1 ? '' : 's'}, ${until}`;
}

/** "12:03:05": the time of day to the second, for what is minutes away. */
export function clockWords(at: string, zone?: string): string {
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: zone }).format(
    new Date(at),
  );
}

/** A span as people say it, never finer than it is known: "less than 10 seconds", "about 40 seconds", "about 3 minutes". */
export function spanWords(seconds: number): string {
  if (seconds < 10) return 'less than 10 seconds';
  const [count, unit] =
    seconds < 90
      ? [Math.round(seconds / 10) * 10, 'second']
      : seconds < 90 * 60
        ? [Math.round(seconds / 60), 'minute']
        : [Math.round(seconds / 3600), 'hour'];
  return `about ${count} ${unit}${count === 1 ? '' : 's'}`;
}
