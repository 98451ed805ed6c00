import { describe, expect, it } from 'vitest';
import {
  allowedStep,
  effectiveDisplayName,
  effectiveUserName,
  emailProblem,
  fieldProblems,
  firstStepWith,
  hasTyped,
  nextStep,
  previousStep,
  problemsOf,
  requestBody,
  shortName,
  startWizard,
  wizard,
  type WizardState,
} from './wizard';

const start = startWizard('DE');

function type(state: WizardState, change: Partial<WizardState['draft']>): WizardState {
  return wizard(state, { type: 'typed', change });
}

describe('going through the steps', () => {
  it('opens no step before the ones in front of it', () => {
    expect(allowedStep(start, 'review')).toBe('info');
    const further = wizard(start, { type: 'reached', step: 'key' });
    expect(allowedStep(further, 'groups')).toBe('groups');
    expect(allowedStep(further, 'confirm')).toBe('key');
  });

  it('keeps what was typed when going back, and stays as far as it was', () => {
    let state = type(start, { email: 'jane@example.com' });
    state = wizard(state, { type: 'reached', step: 'review' });
    state = wizard(state, { type: 'reached', step: 'info' });
    expect(state.draft.email).toBe('jane@example.com');
    expect(allowedStep(state, 'review')).toBe('review');
  });

  it('ends at both ends', () => {
    expect(previousStep('info')).toBe('info');
    expect(nextStep('info')).toBe('groups');
    expect(nextStep('confirm')).toBe('confirm');
  });
});

describe('what is required', () => {
  it('is an e-mail address alone', () => {
    expect(Object.keys(problemsOf('info', start.draft))).toEqual(['email']);
    expect(problemsOf('info', type(start, { email: 'jane@example.com' }).draft)).toEqual({});
    expect(problemsOf('groups', start.draft)).toEqual({});
  });

  it.each(['jane', 'jane@', 'jane@example', '@example.com', 'jane doe@example.com', 'a@b, c@d', 'Jane <jane@example.com>'])(
    'refuses %s as an address',
    (email) => expect(emailProblem(email)).toMatch(/not an e-mail address/),
  );

  it.each(['jane@example.com', ' jane+keys@mail.example.co.uk ', 'root@localhost', 'jörg@müller.example'])(
    'takes %s as an address',
    (email) => expect(emailProblem(email)).toBeNull(),
  );

  it('stops at a phone number that cannot be one', () => {
    const state = type(start, { email: 'jane@example.com', phone: { iso: 'DE', number: 'abc' } });
    expect(Object.keys(problemsOf('info', state.draft))).toEqual(['phone']);
  });
});

describe('what follows from what was typed', () => {
  it('takes the e-mail for the user name until one is typed', () => {
    const state = type(start, { email: ' jane@example.com ' });
    expect(effectiveUserName(state.draft)).toBe('jane@example.com');
    expect(effectiveUserName(type(state, { userName: 'jane' }).draft)).toBe('jane');
  });

  it('calls the person by the best name there is', () => {
    let state = type(start, { email: 'jane@example.com' });
    expect(effectiveDisplayName(state.draft)).toBe('jane@example.com');
    expect(effectiveDisplayName(type(state, { userName: 'jane' }).draft)).toBe('jane');
    state = type(state, { givenName: 'Jane', familyName: 'Doe' });
    expect(effectiveDisplayName(state.draft)).toBe('Jane Doe');
    expect(shortName(state.draft)).toBe('Jane');
    expect(effectiveDisplayName(type(state, { displayName: 'Dr. J. Doe' }).draft)).toBe('Dr. J. Doe');
  });

  it('knows whether leaving would lose something', () => {
    expect(hasTyped(start.draft)).toBe(false);
    expect(hasTyped(type(start, { assignKey: false }).draft)).toBe(false);
    expect(hasTyped(type(start, { title: 'Nurse' }).draft)).toBe(true);
    expect(hasTyped(type(start, { groups: [{ id: '1', name: 'Ward 3' }] }).draft)).toBe(true);
  });
});

describe('a refusal by the server', () => {
  it('lands at its field and step', () => {
    const { problems, others } = fieldProblems([
      { field: 'userName', message: 'taken' },
      { field: 'groupIds[1]', message: 'gone' },
      { field: '/key/kind', message: 'unknown kind' },
      { field: '', message: 'try later' },
    ]);
    expect(problems).toEqual({ userName: 'taken', groupIds: 'gone', key: 'unknown kind' });
    expect(others).toEqual(['try later']);
    expect(firstStepWith(problems)).toBe('info');
    expect(firstStepWith({ groupIds: 'gone' })).toBe('groups');
    expect(firstStepWith({ note: 'too long' })).toBe('review');
    expect(firstStepWith({})).toBeNull();
  });

  it('goes away at the field that is changed, and only there', () => {
    let state = wizard(start, { type: 'refused', problems: { userName: 'taken', groupIds: 'gone' } });
    state = type(state, { groups: [] });
    expect(state.problems).toEqual({ userName: 'taken' });
    state = type(state, { email: 'other@example.com' });
    expect(state.problems).toEqual({});
  });
});

describe('the request', () => {
  it('holds only what was given', () => {
    const state = type(start, { email: ' jane@example.com ', assignKey: false, note: 'Welcome' });
    expect(requestBody(state.draft)).toEqual({ email: 'jane@example.com', displayName: 'jane@example.com' });
  });

  it('holds everything that was given', () => {
    const state = type(start, {
      email: 'jane@example.com',
      userName: 'jane',
      givenName: 'Jane',
      familyName: 'Doe',
      phone: { iso: 'DE', number: '30 1234567' },
      title: 'Nurse',
      department: 'Ward 3',
      preferredLanguage: 'de',
      groups: [{ id: 'g1', name: 'Staff' }],
      note: ' Welcome! ',
    });
    expect(requestBody(state.draft)).toEqual({
      email: 'jane@example.com',
      userName: 'jane',
      givenName: 'Jane',
      familyName: 'Doe',
      displayName: 'Jane Doe',
      phone: '+49 30 1234567',
      title: 'Nurse',
      department: 'Ward 3',
      preferredLanguage: 'de',
      groupIds: ['g1'],
      key: { kind: 'hardwareKey' },
      note: 'Welcome!',
    });
  });

  it('activates a phone by a link, or on the spot without a mail', () => {
    const phone = type(start, { email: 'jane@example.com', keyKind: 'smartphone', note: 'Welcome!' });
    expect(requestBody(phone.draft)).toMatchObject({ key: { kind: 'smartphone' }, note: 'Welcome!' });
    expect(requestBody(phone.draft).key).not.toHaveProperty('activation');
    const here = requestBody({ ...phone.draft, activation: 'now' });
    expect(here.key).toEqual({ kind: 'smartphone', activation: 'now' });
    expect(here).not.toHaveProperty('note');
    // What was chosen for a phone says nothing of a hardware key.
    expect(requestBody({ ...phone.draft, keyKind: 'hardwareKey', activation: 'now' }).key).toEqual({ kind: 'hardwareKey' });
  });

  it('gives a card the proposed name unless another is typed, and a PIN unless it goes without', () => {
    const card = type(start, { email: 'jane@example.com', givenName: 'Jane', keyKind: 'contactlessCard' });
    expect(requestBody(card.draft).key).toEqual({ kind: 'contactlessCard', name: 'Card of Jane', withPin: true });
    expect(requestBody({ ...card.draft, keyName: ' Badge 7 ', withPin: false, activation: 'now' }).key).toEqual({
      kind: 'contactlessCard',
      name: 'Badge 7',
      withPin: false,
      activation: 'now',
    });
  });
});
