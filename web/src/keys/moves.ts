// Which moves each state of a security key allows, and the reasons for the last of them.
// The server decides; the panel only offers what can succeed.
import type { Key, KeyState, RevokeReason } from '../api';

export const revokeReasons: { reason: RevokeReason; name: string; description: string }[] = [
  { reason: 'lost', name: 'Lost', description: 'The key cannot be found.' },
  { reason: 'stolen', name: 'Stolen', description: 'Somebody else may have the key.' },
  { reason: 'replaced', name: 'Replaced', description: 'The person uses another key from now on.' },
  { reason: 'left', name: 'Left', description: 'The person no longer belongs to the organisation.' },
];

export type KeyMove = 'code' | 'handOut' | 'card' | 'rename' | 'resend' | 'cancel' | 'suspend' | 'resume' | 'revoke';

/** The moves that are asked about before they are made; the others open a page of their own. */
export type AskedMove = Exclude<KeyMove, 'code' | 'handOut' | 'card'>;

const movesOf: Record<KeyState, readonly AskedMove[]> = {
  pending: ['resend', 'rename', 'cancel'],
  expired: ['resend', 'rename', 'cancel'],
  active: ['rename', 'suspend', 'revoke'],
  suspended: ['resume', 'rename', 'revoke'],
  revoked: [],
  cancelled: [],
};

/** What can be done with a key, the likeliest first. */
export function moves({ state, kind }: Pick<Key, 'state' | 'kind'>): readonly KeyMove[] {
  const of = movesOf[state];
  const waits = state === 'pending' || state === 'expired';
  if (kind === 'smartphone' && waits) return ['code', ...of];
  if (kind !== 'contactlessCard') return of;
  // A link that has run out is sent again before a card is bound.
  if (state === 'pending') return ['handOut', ...of];
  return state === 'active' || state === 'suspended' ? ['card', ...of] : of;
}
