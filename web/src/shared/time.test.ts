import { expect, test } from 'vitest';
import { absoluteWords, clockWords, dayWords, expiryWords, hoursWords, relativeWords, spanWords } from './time';

const now = Date.parse('2026-11-22T12:00:00Z');
const after = (seconds: number) => new Date(now + seconds * 1000).toISOString();

test.each([
  [0, 'just now'],
  [-59, 'just now'],
  [30, 'in less than a minute'],
  [-60, '1 minute ago'],
  [-3 * 3600, '3 hours ago'],
  [-86_400, 'yesterday'],
  [3 * 86_400, 'in 3 days'],
  [-8 * 86_400, 'last week'],
  [-400 * 86_400, 'last year'],
])('%d seconds from now is "%s"', (seconds, words) => {
  expect(relativeWords(after(seconds), now)).toBe(words);
});

test('an exact time names its zone', () => {
  expect(absoluteWords('2026-11-22T10:39:47.123Z', 'UTC')).toBe('22 November 2026, 10:39 UTC');
  expect(dayWords('2026-11-22T23:30:00Z', 'Europe/Zurich')).toBe('23 Nov 2026');
});

test.each([
  [1, '1 hour'],
  [36, '36 hours'],
  [24, '1 day'],
  [72, '3 days'],
])('%d hours are "%s"', (hours, words) => {
  expect(hoursWords(hours)).toBe(words);
});

test.each([
  [30, 'until 22 November 2026, 12:00 UTC'],
  [60, 'for 1 more minute, until 22 November 2026, 12:01 UTC'],
  [2 * 3600, 'for 2 more hours, until 22 November 2026, 14:00 UTC'],
  [72 * 3600, 'for 3 more days, until 25 November 2026, 12:00 UTC'],
])('a link with %d seconds left works %s', (seconds, words) => {
  expect(expiryWords(after(seconds), now, 'UTC')).toBe(words);
});

test('a link with 71 hours left is not said to live 3 days', () => {
  expect(expiryWords(after(71 * 3600), now, 'UTC')).toContain('for 2 more days');
});

test('what is minutes away is said to the second', () => {
  expect(clockWords('2026-11-22T11:03:05Z', 'Europe/Zurich')).toBe('12:03:05');
});

test.each([
  [0, 'less than 10 seconds'],
  [41, 'about 40 seconds'],
  [89, 'about 90 seconds'],
  [90, 'about 2 minutes'],
  [3600, 'about 60 minutes'],
  [7300, 'about 2 hours'],
])('%d seconds are "%s"', (seconds, words) => {
  expect(spanWords(seconds)).toBe(words);
});
