import { describe, expect, it } from 'vitest';
import type { EntraConnection } from '../api';
import { answerOf, connectionBody, connectionProblems, draftOf, expiry } from './connection';

const id = '6f1c2d3e-0000-4000-8000-1234567890ab';
const none = {
  configured: false, tenant: null, clientId: null, cloud: 'global', loginUrl: null, graphUrl: null, credential: null,
} as EntraConnection;
const typed = { ...draftOf(none), tenant: 'contoso.onmicrosoft.com', clientId: id };

describe('the form of the connection', () => {
  it('takes a tenant by its ID or by a domain', () => {
    expect(connectionProblems(typed, none)).toEqual({});
    expect(connectionProblems({ ...typed, tenant: id }, none)).toEqual({});
    expect(connectionProblems({ ...typed, tenant: 'Contoso' }, none)).toHaveProperty('tenant');
  });

  it('notices a secret’s ID in the place of its value', () => {
    expect(connectionProblems({ ...typed, proof: 'secret', secret: id }, none).secret).toContain('secret’s ID');
  });

  it('keeps the secret that is there when none is typed', () => {
    const kept = { ...none, credential: { type: 'secret', expiresAt: null, enteredAt: '2026-11-01T00:00:00Z' } } as EntraConnection;
    const draft = { ...typed, proof: 'secret' } as const;
    expect(connectionProblems(draft, none)).toHaveProperty('secret');
    expect(connectionProblems(draft, kept)).toEqual({});
    expect(connectionBody(draft)).not.toHaveProperty('secret');
  });

  it('sends addresses only where they are typed', () => {
    expect(connectionBody(typed)).toEqual({ tenant: 'contoso.onmicrosoft.com', clientId: id, cloud: 'global' });
    const custom = { ...typed, cloud: 'custom', loginUrl: 'http://login.example.com', graphUrl: 'https://graph.example.com' } as const;
    expect(Object.keys(connectionProblems(custom, none))).toEqual(['loginUrl']);
    expect(connectionBody({ ...custom, loginUrl: ' https://login.example.com ' })).toMatchObject({ loginUrl: 'https://login.example.com' });
  });
});

describe('the end of a credential', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  it.each([
    [null, 'unknown'],
    ['2027-11-22T12:00:00Z', 'far'],
    ['2026-12-20T12:00:00Z', 'soon'],
    ['2026-11-22T11:59:59Z', 'over'],
  ] as const)('%s is %s', (at, word) => {
    expect(expiry(at, now)).toBe(word);
  });
});

describe('Microsoft’s answer', () => {
  it('is passed on under the names of our API', () => {
    expect(answerOf({ admin_consent: 'True', tenant: id, state: 's' })).toEqual({ state: 's', tenant: id, adminConsent: true });
    expect(answerOf({ state: 's', error: 'access_denied', error_description: 'No' })).toEqual({
      state: 's', error: 'access_denied', errorDescription: 'No',
    });
  });

  it('is none without a state', () => {
    expect(answerOf({ code: 'abc' })).toBeNull();
  });
});
