import { describe, expect, it } from 'vitest';
import { moves, reasonName } from './words';

describe('what can be done with a key', () => {
  it('is only what its state allows', () => {
    expect(moves({ state: 'pending' })).not.toContain('suspend');
    expect(moves({ state: 'active' })).not.toContain('resend');
    expect(moves({ state: 'suspended' })).toContain('resume');
    expect(moves({ state: 'expired' })).toContain('resend');
  });

  it('is nothing once the key is revoked or cancelled', () => {
    expect(moves({ state: 'revoked' })).toEqual([]);
    expect(moves({ state: 'cancelled' })).toEqual([]);
  });
});

describe('a reason', () => {
  it('is said in words, and as it is when it is not known', () => {
    expect(reasonName('left')).toBe('the person left');
    expect(reasonName('audit')).toBe('audit');
  });
});
