import { describe, expect, it } from 'vitest';
import { actionName, actionNames, actorName, deed, deedParts, detailLines, sentence, type Told } from './sentences';

const ada = { type: 'user', id: 'a', name: 'Ada Lovelace' };
const jane = { id: 'j', name: 'Jane Doe' };
const blue = { type: 'key', id: 'k', name: 'Blue key' };

function told(action: string, more: Partial<Told> = {}): Told {
  return { action, actor: ada, target: null, user: null, details: {}, ...more };
}

describe('an activity sentence', () => {
  it('says who did what to whom', () => {
    expect(sentence(told('key.suspended', { target: blue, user: jane }))).toBe(
      'Ada Lovelace suspended the key Blue key of Jane Doe',
    );
    expect(sentence(told('user.created', { user: jane }))).toBe('Ada Lovelace added Jane Doe');
  });

  it('does not name people twice for what they did to themselves', () => {
    const self = { id: 'a', name: 'Ada Lovelace' };
    expect(deed(told('key.reportedLost', { target: blue, user: self }))).toBe('reported the key Blue key lost');
    expect(deed(told('user.updated', { user: self, details: { phone: { old: null, new: '1' } } }))).toBe(
      'changed their own details: phone',
    );
  });

  it('gives the reason of a revocation', () => {
    expect(deed(told('key.revoked', { target: blue, user: jane, details: { reason: 'left' } }))).toBe(
      'revoked the key Blue key of Jane Doe: the person left',
    );
  });

  it('says what was done to a membership, a name and a sign-in', () => {
    const group = { type: 'group', id: 'g', name: 'Staff' };
    expect(deed(told('group.member.removed', { target: group, user: jane }))).toBe(
      'removed Jane Doe from the group Staff',
    );
    expect(deed(told('key.renamed', { target: blue, user: jane, details: { name: { old: 'Old', new: 'Blue key' } } }))).toBe(
      'renamed the key Blue key of Jane Doe, which was called Old',
    );
    expect(deed(told('signin.refused', { details: { keyName: 'Blue key', reason: 'suspended' } }))).toBe(
      'was refused at sign-in with the key Blue key',
    );
  });

  it('tells the life of imports and of what they read from', () => {
    const file = { type: 'import', id: 'i', name: 'staff.csv' };
    expect(deed(told('import.confirmed', { target: file }))).toBe('confirmed the import staff.csv');
    expect(deed(told('import.undone'))).toBe('undid an import');
    expect(deed(told('schedule.deleted', { target: { type: 'schedule', id: 's', name: 'Nightly' } }))).toBe(
      'deleted the schedule Nightly',
    );
    expect(deed(told('entra.authorized'))).toBe('authorized Keystead in Entra ID');
  });

  it('tells what a directory did by SCIM, and what was done about it', () => {
    const entra = { type: 'scim', id: 't', name: 'Entra ID' };
    expect(sentence(told('user.disabled', { actor: entra, user: jane }))).toBe('SCIM client Entra ID disabled Jane Doe');
    expect(deed(told('user.linked', { user: jane }))).toBe('linked Jane Doe with the directory that calls by SCIM');
    expect(deed(told('scimConflict.forgotten', { user: jane }))).toBe('forgot a conflict of SCIM about Jane Doe');
    const changed = { adoptByEmail: { old: false, new: true } };
    expect(deed(told('scimSettings.updated', { details: changed }))).toBe('changed the settings of SCIM: linking by e-mail address');
  });

  it('stays readable when names are missing', () => {
    const nobody = { type: 'user', id: null, name: null };
    expect(sentence(told('signin.refused', { actor: nobody }))).toBe('Somebody was refused at sign-in');
    expect(deed(told('apiKey.created'))).toBe('created an API key');
    expect(deed(told('key.revoked'))).toBe('revoked a key');
  });

  it('comes in pieces around the name of the person, also when that name is a word of the sentence', () => {
    const added = told('group.member.added', {
      user: { id: 'x', name: 'a' },
      target: { type: 'group', id: 'g', name: 'a team' },
    });
    expect(deedParts(added)).toEqual({ before: 'added ', name: 'a', after: ' to the group a team' });
    expect(deedParts(told('signout'))).toEqual({ before: 'signed out', name: '', after: '' });
  });

  it('says of a card where it was used and what was lost', () => {
    const used = told('card.passkey.used', {
      target: blue,
      user: jane,
      details: { relyingParty: 'shop.example', workstation: 'Reception' },
    });
    expect(deed(used)).toBe('signed in to shop.example with the key Blue key of Jane Doe, sitting at Reception');
    const reset = (passkeysLost: number) => deed(told('card.pin.reset', { target: blue, user: jane, details: { passkeysLost } }));
    expect(reset(0)).toBe('reset the PIN of the key Blue key of Jane Doe');
    expect(reset(1)).toMatch(/: 1 passkey went with it$/);
    expect(reset(2)).toMatch(/: 2 passkeys went with it$/);
  });

  it('exists for every action that has a name, and shows an unknown action as it is', () => {
    for (const action of Object.keys(actionNames)) {
      expect(deed(told(action, { target: blue, user: jane }))).not.toBe(action);
    }
    expect(actionName('card.printed')).toBe('card.printed');
    expect(deed(told('card.printed'))).toBe('card.printed');
  });
});

describe('the doer', () => {
  it('may be no person', () => {
    expect(actorName({ type: 'system', id: null, name: null })).toBe('Keystead');
    expect(actorName({ type: 'cli', id: null, name: null })).toBe('Command line');
    expect(actorName({ type: 'apiKey', id: '1', name: 'payroll' })).toBe('API key payroll');
  });
});

describe('the details of a record', () => {
  it('become lines to read', () => {
    expect(
      detailLines({
        reason: 'lost',
        sessionIdleMinutes: { old: 30, new: 60 },
        allowedAaguids: ['a', 'b'],
        phone: { old: null, new: '+49 30 1234567' },
        note: null,
      }),
    ).toEqual([
      { name: 'Reason', value: 'lost' },
      { name: 'Idle limit', value: '30 → 60' },
      { name: 'Allowed models', value: 'a, b' },
      { name: 'Phone', value: 'nothing → +49 30 1234567' },
    ]);
  });
});
