import { expect, test } from 'vitest';
import type { Role } from '../api';
import { mayChange } from './session';

const roles: Role[] = ['member', 'auditor', 'helpDesk', 'administrator', 'owner'];

test('nobody changes a person of a higher role', () => {
  for (const [mine, role] of roles.entries()) {
    for (const [theirs, other] of roles.entries()) if (theirs > mine) expect(mayChange(role, other)).toBe(false);
  }
});

test('equals leave each other alone, except administrators and owners', () => {
  expect(roles.filter((role) => mayChange(role, role))).toEqual(['administrator', 'owner']);
});

test('the help desk changes people without a role only', () => {
  expect(roles.filter((role) => mayChange('helpDesk', role))).toEqual(['member']);
});
