import { describe, expect, it } from 'vitest';
import { moves } from './moves';

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
