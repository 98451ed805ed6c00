import { describe, expect, it } from 'vitest';
import { moves } from './moves';

describe('what can be done with a key', () => {
  it('is only what its state allows', () => {
    expect(moves({ state: 'pending', kind: 'hardwareKey' })).not.toContain('suspend');
    expect(moves({ state: 'active', kind: 'hardwareKey' })).not.toContain('resend');
    expect(moves({ state: 'suspended', kind: 'hardwareKey' })).toContain('resume');
    expect(moves({ state: 'expired', kind: 'hardwareKey' })).toContain('resend');
  });

  it('is a code only for a phone that waits', () => {
    for (const state of ['pending', 'expired'] as const) {
      expect(moves({ state, kind: 'smartphone' })[0]).toBe('code');
      expect(moves({ state, kind: 'hardwareKey' })).not.toContain('code');
    }
    for (const state of ['active', 'suspended', 'revoked', 'cancelled'] as const) {
      expect(moves({ state, kind: 'smartphone' })).not.toContain('code');
    }
  });

  it('is a wait on a reader only for a card that is pending, and a look at the card once it is bound', () => {
    expect(moves({ state: 'pending', kind: 'contactlessCard' })[0]).toBe('handOut');
    expect(moves({ state: 'expired', kind: 'contactlessCard' })).not.toContain('handOut');
    for (const state of ['active', 'suspended'] as const) {
      expect(moves({ state, kind: 'contactlessCard' })[0]).toBe('card');
      expect(moves({ state, kind: 'hardwareKey' })).not.toContain('card');
    }
    expect(moves({ state: 'revoked', kind: 'contactlessCard' })).toEqual([]);
  });

  it('is nothing once the key is revoked or cancelled', () => {
    expect(moves({ state: 'revoked', kind: 'hardwareKey' })).toEqual([]);
    expect(moves({ state: 'cancelled', kind: 'hardwareKey' })).toEqual([]);
  });
});
