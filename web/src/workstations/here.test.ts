import { expect, test } from 'vitest';
import type { Workstation } from '../api';
import { workstationHere } from './here';

function workstation(id: string, sameAddress: boolean): Workstation {
  return {
    id,
    name: id,
    version: '0.1.0',
    platform: 'linux x86_64',
    readers: [],
    online: sameAddress,
    sameAddress,
    enrolledAt: '2026-11-22T10:00:00Z',
    enrolledBy: 'Olga Owner',
    lastSeenAt: null,
  };
}

test('the workstation that was chosen is the one here, even while it is away', () => {
  expect(workstationHere([workstation('a', true), workstation('b', false)], 'b')?.id).toBe('b');
});

test('without a choice the only one at the same address is taken', () => {
  expect(workstationHere([workstation('a', true), workstation('b', false)], null)?.id).toBe('a');
});

test('of several at the same address none is guessed', () => {
  expect(workstationHere([workstation('a', true), workstation('b', true)], null)).toBeUndefined();
});

test('one that was revoked meanwhile is no choice any more', () => {
  expect(workstationHere([workstation('a', true)], 'gone')?.id).toBe('a');
  expect(workstationHere([], 'gone')).toBeUndefined();
});
