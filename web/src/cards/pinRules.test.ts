import { expect, test } from 'vitest';
import type { CardPolicy } from '../api';
import { pinProblem, pinRules } from './pinRules';

const bare: CardPolicy = {
  minimumLength: 4,
  digit: false,
  lower: false,
  upper: false,
  special: false,
  noSequences: false,
  noRepeats: false,
  history: 0,
  pinRequired: true,
  changeMadeUp: false,
};
const good = (pin: string, policy: Partial<CardPolicy>) => pinRules(pin, { ...bare, ...policy }).every(({ kept }) => kept);

test('a PIN is as long as asked, counted in characters as people see them', () => {
  expect(good('4829', {})).toBe(true);
  expect(good('482', {})).toBe(false);
  expect(good('🔑🔑🔑🔒', {})).toBe(true);
  // Two code points that become one.
  expect(good('abcu\u0308', {})).toBe(true);
  expect(good('abu\u0308', {})).toBe(false);
});

test('no key takes a PIN of more than 63 bytes', () => {
  expect(good('x'.repeat(63), {})).toBe(true);
  expect(good('x'.repeat(64), {})).toBe(false);
  expect(good('ü'.repeat(32), {})).toBe(false);
});

test.each([
  ['digit', 'abcd', 'abc7'],
  ['lower', 'ABC7', 'AbC7'],
  ['upper', 'abc7', 'aBc7'],
  ['special', 'aBc7', 'aBc-'],
  ['noSequences', '94567', '94578'],
  ['noSequences', '9cbax', '9cbx'],
  ['noRepeats', '4777', '4778'],
] as const)('with %s, %s is refused and %s is taken', (rule, bad, fine) => {
  expect(good(bad, { [rule]: true })).toBe(false);
  expect(good(fine, { [rule]: true })).toBe(true);
  expect(good(bad, {})).toBe(true);
});

test('only letters and digits have an order', () => {
  expect(good('+,-x', { noSequences: true })).toBe(true);
});

test('before anything is typed no rule is kept', () => {
  expect(pinRules('', { ...bare, digit: true, noSequences: true, noRepeats: true }).some(({ kept }) => kept)).toBe(false);
});

test('a PIN is typed twice, and its rules come first', () => {
  expect(pinProblem({ pin: '48', repeated: '' }, bare)).toHaveProperty('pin');
  expect(pinProblem({ pin: '4829', repeated: '4820' }, bare)).toHaveProperty('repeated');
  expect(pinProblem({ pin: 'gr\u00fcn', repeated: 'gru\u0308n' }, bare)).toBeNull();
});
