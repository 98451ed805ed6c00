import { describe, expect, it } from 'vitest';
import type { ScimToken } from '../../api';
import { scimState, tokenWarning } from './state';

const now = Date.parse('2026-11-22T12:00:00Z');
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
const token = (name: string, days: number) => ({ name, expiresAt: ago(-days * 1440) }) as ScimToken;
const secrets = [token('Entra', 200)];
const never = { paused: false, lastRequestAt: null, lastSuccessAt: null, lastFailureAt: null };
const calls = { ...never, lastRequestAt: ago(5), lastSuccessAt: ago(5) };

describe('the state of SCIM', () => {
  it('is off until there is a token, and waits until somebody calls with it', () => {
    expect(scimState(never, [], now)).toBe('off');
    expect(scimState(never, secrets, now)).toBe('waiting');
    expect(scimState(calls, secrets, now)).toBe('working');
  });

  it('is not off again when the last token is gone', () => {
    expect(scimState(calls, [], now)).toBe('working');
  });

  it('is paused whatever else it is, once it is on', () => {
    expect(scimState({ ...calls, paused: true }, secrets, now)).toBe('paused');
    expect(scimState({ ...never, paused: true }, [], now)).toBe('off');
  });

  it('takes a single refusal for a part of life, and ten minutes without a success for a fault', () => {
    expect(scimState({ ...calls, lastFailureAt: ago(1) }, secrets, now)).toBe('working');
    expect(scimState({ ...calls, lastSuccessAt: ago(45), lastFailureAt: ago(1) }, secrets, now)).toBe('failing');
    expect(scimState({ ...calls, lastSuccessAt: null, lastFailureAt: ago(1) }, secrets, now)).toBe('failing');
    expect(scimState({ ...calls, lastFailureAt: ago(50) }, secrets, now)).toBe('working');
  });

  it('is silent when nobody has called for three hours', () => {
    expect(scimState({ ...calls, lastRequestAt: ago(179) }, secrets, now)).toBe('working');
    expect(scimState({ ...calls, lastRequestAt: ago(181) }, secrets, now)).toBe('silent');
  });
});

describe('the warning about tokens', () => {
  it('comes thirty days before the last of them ends', () => {
    expect(tokenWarning(secrets, now)).toBeNull();
    expect(tokenWarning([token('Entra', 12)], now)).toMatchObject({ kind: 'soon', token: { name: 'Entra' } });
  });

  it('does not come for one that was replaced', () => {
    expect(tokenWarning([token('Entra', 12), token('Entra 2', 365)], now)).toBeNull();
    expect(tokenWarning([token('Entra', -3), token('Entra 2', 12)], now)).toMatchObject({ kind: 'soon', token: { name: 'Entra 2' } });
  });

  it('says when none works', () => {
    expect(tokenWarning([], now)).toEqual({ kind: 'none', token: null });
    expect(tokenWarning([token('Entra', -1)], now)).toMatchObject({ kind: 'none' });
  });
});
