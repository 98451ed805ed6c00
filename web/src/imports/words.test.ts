import { describe, expect, it } from 'vitest';
import { changed, changedAnything, fieldName, groupChanges, groupWords, outcomeWords, people, planned, planWords, reasonWords, valueWords } from './words';

const none = { created: 0, updated: 0, unchanged: 0, deactivated: 0, skipped: 0, failed: 0, groups: 0, memberships: 0 };
const plan = {
  rows: 10, create: 0, update: 0, unchanged: 0, deactivate: 0, conflict: 0,
  skipped: 0, rejected: 0, needTick: 0, ungrouped: null, groupsCreate: 0,
  groupsUpdate: 0, membershipsAdd: 0, membershipsRemove: 0, groupsWithRole: 0,
};

describe('the words of an import', () => {
  it('count what was done, and leave out what was not', () => {
    expect(outcomeWords({ ...none, created: 1204, updated: 3, failed: 2 })).toBe('1,204 added, 3 changed and 2 failed');
    expect(outcomeWords({ ...none, deactivated: 1 })).toBe('1 disabled');
  });

  it('never call an import without a change a success', () => {
    expect(outcomeWords({ ...none, unchanged: 5000, skipped: 3 })).toBe('Nothing was changed');
    expect(changed({ ...none, unchanged: 5000 })).toBe(0);
    expect(outcomeWords({ ...none, failed: 7 })).toBe('7 failed');
  });

  it('say what a plan would do', () => {
    expect(planWords({ ...plan, create: 12, deactivate: 1 })).toBe('12 to add and 1 to disable');
    expect(planWords({ ...plan, unchanged: 9 })).toBe('Nothing to change');
    expect(planned({ ...plan, create: 12, update: 2, deactivate: 1, skipped: 4 })).toBe(15);
  });

  it('count groups and memberships beside people', () => {
    const only = { ...none, unchanged: 3, groups: 1, memberships: 2 };
    expect(outcomeWords(only)).toBe('1 group changed and 2 memberships changed');
    expect(changedAnything(only)).toBe(true);
    const groups = { ...plan, groupsCreate: 2, membershipsAdd: 1204, membershipsRemove: 1 };
    expect(planWords(groups)).toBe('2 groups to change and 1,205 memberships to change');
    expect(groupChanges({ plan: groups, outcome: null, state: 'ready', undo: null })).toBe(
      '2 groups will be made, 1,204 memberships will begin and 1 membership will end.',
    );
    expect(groupChanges({ plan, outcome: null, state: 'ready', undo: null })).toBeNull();
  });

  it('say of a group that grants a role why it is left alone', () => {
    const ready = { outcome: null, state: 'ready' } as const;
    expect(groupWords({ reason: 'outranks', verdict: 'unchanged' }, ready)).toContain('only an owner');
    expect(groupWords({ reason: null, verdict: 'create' }, ready)).toBe('Will be made');
    expect(groupWords({ reason: null, verdict: 'unchanged' }, { outcome: none, state: 'undone' })).toContain('grants a role');
  });

  it('speak of one person and of several', () => {
    expect(people(1)).toBe('1 person');
    expect(people(2500)).toBe('2,500 people');
  });

  it('stay readable with reasons and fields of a newer server', () => {
    expect(reasonWords('missingEmail')).toBe('The e-mail address is missing');
    expect(reasonWords('somethingNew')).toBe('somethingNew');
    expect(fieldName('department')).toBe('Department');
    expect(fieldName('shoeSize')).toBe('shoeSize');
  });

  it('show values of every kind as text', () => {
    expect(valueWords(null)).toBe('nothing');
    expect(valueWords('')).toBe('nothing');
    expect(valueWords(false)).toBe('no');
    expect(valueWords(['Staff', 'Board'])).toBe('Staff, Board');
    expect(valueWords('Nurse')).toBe('Nurse');
  });
});
