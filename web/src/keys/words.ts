// What kinds, states and reasons of security keys are called on screen, and which
// moves each state allows. The server decides; the panel only offers what can succeed.
import type { Key, KeyKind, KeyState, RevokeReason } from '../api';

export const kindNames: Record<KeyKind, string> = {
  hardwareKey: 'FIDO2 hardware key',
  platform: 'Passkey of a device',
};

export const stateNames: Record<KeyState, string> = {
  pending: 'Pending',
  active: 'Active',
  suspended: 'Suspended',
  revoked: 'Revoked',
  expired: 'Link expired',
  cancelled: 'Cancelled',
};

/** What a state means for the person, for tooltips and for those who hear it. */
export const stateMeanings: Record<KeyState, string> = {
  pending: 'waits for its owner to register it',
  active: 'can be used to sign in',
  suspended: 'signs nobody in until it is resumed',
  revoked: 'can never be used again',
  expired: 'its registration link ran out; send a new one',
  cancelled: 'was cancelled before it was registered',
};

export const revokeReasons: { reason: RevokeReason; name: string; description: string }[] = [
  { reason: 'lost', name: 'Lost', description: 'The key cannot be found.' },
  { reason: 'stolen', name: 'Stolen', description: 'Somebody else may have the key.' },
  { reason: 'replaced', name: 'Replaced', description: 'The person uses another key from now on.' },
  { reason: 'left', name: 'Left', description: 'The person no longer belongs to the organisation.' },
];

const reasonNames: Record<string, string> = {
  lost: 'lost',
  stolen: 'stolen',
  replaced: 'replaced',
  left: 'the person left',
  counterRegressed: 'it may have been copied',
};

/** Why a key is suspended or revoked, in words. */
export function reasonName(reason: string): string {
  return reasonNames[reason] ?? reason;
}

export type KeyMove = 'rename' | 'resend' | 'cancel' | 'suspend' | 'resume' | 'revoke';

const movesOf: Record<KeyState, readonly KeyMove[]> = {
  pending: ['resend', 'rename', 'cancel'],
  expired: ['resend', 'rename', 'cancel'],
  active: ['rename', 'suspend', 'revoke'],
  suspended: ['resume', 'rename', 'revoke'],
  revoked: [],
  cancelled: [],
};

/** What can be done with a key, the likeliest first. */
export function moves(key: Pick<Key, 'state'>): readonly KeyMove[] {
  return movesOf[key.state];
}
