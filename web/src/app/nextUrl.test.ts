import { expect, test } from 'vitest';
import { safeNext, signInTarget } from './nextUrl';

test.each([
  ['/users?status=new#top', '/users?status=new#top'],
  ['/', '/'],
  ['/users/../settings', '/settings'],
])('keeps the path %s of this panel', (next, expected) => {
  expect(safeNext(next)).toBe(expected);
});

test.each([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example/',
  '\\\\evil.example',
  '/\t/evil.example',
  '/..//evil.example',
  'javascript:alert(1)',
  'users',
  '',
  '/sign-in?next=/users',
  '/register',
  '/api/v1/session',
  `/${'x'.repeat(2000)}`,
  undefined,
  42,
])('refuses %j as a place to go to', (next) => {
  expect(safeNext(next)).toBeUndefined();
});

test('the start page needs no way back', () => {
  expect(signInTarget('/')).toBeUndefined();
  expect(signInTarget('/users?q=ann')).toBe('/users?q=ann');
});
