import { expect, test } from 'vitest';
import { cardNumberMessage, numberMessage, parseAaguids } from './limits';

test('numbers inside the limits are fine, the limits included', () => {
  for (const value of [1, 72, 336]) expect(numberMessage('linkLifetimeHours', value)).toBeUndefined();
});

test.each([0, 337, 1.5, Number.NaN, -1])('%d hours are no lifetime of a link', (value) => {
  expect(numberMessage('linkLifetimeHours', value)).toBe('Write a whole number of hours from 1 to 336.');
});

test('a PIN has 4 to 63 characters, and at most ten earlier ones are remembered', () => {
  for (const length of [4, 63]) expect(cardNumberMessage('minimumLength', length)).toBeUndefined();
  for (const length of [3, 64, Number.NaN]) expect(cardNumberMessage('minimumLength', length)).toMatch(/from 4 to 63/);
  expect(cardNumberMessage('history', 0)).toBeUndefined();
  expect(cardNumberMessage('history', 11)).toMatch(/from 0 to 10/);
});

test('AAGUIDs come one per line or with commas, in any case, without doubles', () => {
  const one = 'cb69481e-8ff7-4039-93ec-0a2729a154a8';
  const other = 'ee882879-721c-4913-9775-3dfcce97072a';
  expect(parseAaguids(`${one.toUpperCase()}\n\n ${other}, ${one}`)).toEqual({ aaguids: [one, other], wrong: undefined });
});

test('the first entry that is no AAGUID is named', () => {
  expect(parseAaguids('cb69481e-8ff7-4039-93ec-0a2729a154a8\nyubikey').wrong).toBe('yubikey');
  expect(parseAaguids('').wrong).toBeUndefined();
});
