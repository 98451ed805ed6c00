import { describe, expect, it } from 'vitest';
import { assignProblem, fromLocal, mailChoice, newGroupId, newGroupName, toLocal } from './choices';

describe('choices', () => {
  it('tell new groups from those that exist', () => {
    expect(newGroupName(newGroupId('Night shift'))).toBe('Night shift');
    expect(newGroupName('0198c0de-0000-7000-8000-000000000000')).toBeNull();
  });

  it('carry a moment to the clock of the viewer and back', () => {
    const moment = '2026-12-01T07:15:00.000Z';
    expect(fromLocal(toLocal(moment))).toBe(moment);
    expect(toLocal('nonsense')).toBe('');
    expect(fromLocal('')).toBe('');
  });

  it('let a mail go out at no moment that is past', () => {
    const now = Date.parse('2026-11-22T12:00:00Z');
    expect(mailChoice('2026-11-22T13:00:00Z')).toBe('later');
    expect(assignProblem({ kind: 'hardwareKey', mail: '2026-11-22T13:00:00Z' }, now)).toBeNull();
    expect(assignProblem({ kind: 'hardwareKey', mail: '2026-11-22T11:00:00Z' }, now)).toContain('past');
    expect(assignProblem({ kind: 'hardwareKey', mail: '' }, now)).toBe('Choose a day and a time.');
    expect(assignProblem({ kind: 'hardwareKey', mail: 'now' }, now)).toBeNull();
    expect(assignProblem(null, now)).toBeNull();
  });
});
