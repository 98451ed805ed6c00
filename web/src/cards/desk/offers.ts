// Whom the card desk offers: those whose card waits, or those who were searched for.
import type { Key, Role, UserItem } from '../../api';

export interface Offer {
  /** The person's id. */
  id: string;
  name: string;
  email: string;
  /** The key that waits for a card; without one it is assigned first. */
  keyId: string | null;
  /** A second line that tells namesakes apart. */
  hint: string;
  /** Why nothing can be handed out to this one, if so. */
  refusedBecause?: string;
}

/** The people whose card waits, without those who were put off. */
export function waitingOffers(keys: readonly Key[], skipped: ReadonlySet<string>): Offer[] {
  return keys
    .filter(({ id }) => !skipped.has(id))
    .map(({ id, name, user }) => ({ id: user.id, name: user.displayName, email: user.email, keyId: id, hint: `${user.email} · ${name}` }));
}

/** A person who was found. */
export function personOffer(user: UserItem, mayChange: (role: Role) => boolean): Offer {
  const card = (state: string) => user.keys.find((key) => key.kind === 'contactlessCard' && key.state === state);
  const waiting = card('pending');
  const has = card('active') ?? card('suspended');
  return {
    id: user.id,
    name: user.displayName,
    email: user.email,
    keyId: waiting?.id ?? null,
    hint: `${user.email}${waiting ? ' · waits for a card' : has ? ' · has a card already, gets another one' : ''}`,
    ...(!user.active
      ? { refusedBecause: 'Disabled: enable the person first' }
      : !mayChange(user.role)
        ? { refusedBecause: 'Your role does not change this person' }
        : {}),
  };
}

/** The next one to be marked, in the direction of the arrow, past those who can't be taken; none leaves it as it is. */
export function move(offers: readonly Offer[], from: number, step: 1 | -1): number {
  for (let at = from + step; at >= 0 && at < offers.length; at += step) {
    if (!offers[at]?.refusedBecause) return at;
  }
  return from;
}

/** The first who can be taken, or -1. */
export function first(offers: readonly Offer[]): number {
  return offers.findIndex(({ refusedBecause }) => !refusedBecause);
}
