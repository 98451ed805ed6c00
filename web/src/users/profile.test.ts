import { describe, expect, it } from 'vitest';
import type { User } from '../api';
import { changesOf, formOf, problemsOf } from './profile';

const jane: User = {
  id: 'j',
  status: 'active',
  active: true,
  userName: 'jane',
  email: 'jane@example.com',
  displayName: 'Jane Doe',
  givenName: 'Jane',
  familyName: 'Doe',
  origin: 'local',
  role: 'member',
  directoryRole: null,
  cardAuditing: true,
  groups: [],
  groupCount: 0,
  keys: [],
  lastActivityAt: null,
  createdAt: '2026-11-22T10:00:00.000Z',
  version: 3,
  phone: '+4930-1234567',
  title: null,
  department: 'Ward 3',
  preferredLanguage: null,
  externalId: null,
  updatedAt: '2026-11-22T10:00:00.000Z',
};

describe('editing a person', () => {
  it('sends nothing when nothing was changed, whatever way the number is written', () => {
    expect(changesOf(jane, formOf(jane, 'US'))).toEqual({});
    expect(changesOf({ ...jane, phone: '030 1234' }, formOf({ ...jane, phone: '030 1234' }, 'DE'))).toEqual({});
  });

  it('sends only what was changed', () => {
    const form = { ...formOf(jane, 'DE'), title: ' Nurse ', phone: { iso: 'DE', number: '30 7654321' } };
    expect(changesOf(jane, form)).toEqual({ title: 'Nurse', phone: '+49 30 7654321' });
  });

  it('clears what was emptied', () => {
    const form = { ...formOf(jane, 'DE'), department: '', phone: { iso: 'DE', number: '' } };
    expect(changesOf(jane, form)).toEqual({ department: null, phone: null });
  });

  it('needs an address, a user name and a name', () => {
    const form = { ...formOf(jane, 'DE'), email: '', userName: ' ', displayName: '' };
    expect(Object.keys(problemsOf(form))).toEqual(['email', 'userName', 'displayName']);
    expect(problemsOf(formOf(jane, 'DE'))).toEqual({});
  });
});
