import { describe, expect, it } from 'vitest';
import { confirmLabel, confirmSentence, keySentence, leftOutSentence } from './confirm';

const plan = {
  rows: 10, create: 0, update: 0, unchanged: 0, deactivate: 0, conflict: 0,
  skipped: 0, rejected: 0, needTick: 0, ungrouped: null, groupsCreate: 0,
  groupsUpdate: 0, membershipsAdd: 0, membershipsRemove: 0, groupsWithRole: 0,
};

describe('what confirming will do', () => {
  it('is said in one sentence', () => {
    expect(confirmSentence({ ...plan, create: 12, update: 30, deactivate: 1 })).toBe(
      '12 people will be added, 30 people will be changed and 1 person will be disabled.',
    );
    expect(confirmSentence(plan)).toBe('Nobody will be added, changed or disabled.');
    expect(confirmLabel({ ...plan, create: 1 })).toBe('Import 1 person');
    expect(confirmLabel(plan)).toBe('Import');
  });

  it('does not hide who is left out', () => {
    expect(leftOutSentence({ ...plan, unchanged: 1, rejected: 2 })).toBe(
      '1 person needs no change and 2 rows are rejected; nothing happens to them.',
    );
    expect(leftOutSentence(plan)).toBeNull();
  });

  it('says whether anybody gets a mail, and when', () => {
    expect(keySentence(null)).toContain('nobody gets a mail');
    expect(keySentence({ kind: 'hardwareKey', mail: 'no' })).toContain('No mail is sent');
    expect(keySentence({ kind: 'hardwareKey', mail: 'now' })).toContain('right away');
    expect(keySentence({ kind: 'hardwareKey', mail: '2026-12-01T07:00:00Z' })).toContain('1 December 2026');
  });
});
