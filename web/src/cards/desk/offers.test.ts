import { expect, test } from 'vitest';
import type { Key, UserItem } from '../../api';
import { first, move, personOffer, waitingOffers, type Offer } from './offers';

const offer = (name: string, refusedBecause?: string): Offer => ({
  id: name,
  name,
  email: `${name}@example.com`,
  keyId: null,
  hint: '',
  ...(refusedBecause !== undefined && { refusedBecause }),
});
const person = (more: Partial<UserItem>): UserItem =>
  ({ id: 'u', displayName: 'Jane', email: 'jane@example.com', active: true, role: 'member', keys: [], ...more }) as UserItem;
const everybody = () => true;

test('the arrows pass those who can not be taken, and stop at the ends', () => {
  const offers = [offer('a'), offer('b', 'Disabled'), offer('c')];
  expect(move(offers, 0, 1)).toBe(2);
  expect(move(offers, 2, -1)).toBe(0);
  expect(move(offers, 2, 1)).toBe(2);
  expect(first([offer('b', 'Disabled'), offer('c')])).toBe(1);
  expect(first([offer('b', 'Disabled')])).toBe(-1);
});

test('a card that waits already is the one that is handed out', () => {
  const keys: UserItem['keys'] = [
    { id: 'old', kind: 'contactlessCard', name: 'Old', state: 'active' },
    { id: 'phone', kind: 'smartphone', name: 'Phone', state: 'pending' },
    { id: 'new', kind: 'contactlessCard', name: 'New', state: 'pending' },
  ];
  expect(personOffer(person({ keys }), everybody)).toMatchObject({ keyId: 'new' });
  const only = personOffer(person({ keys: keys.slice(0, 2) }), everybody);
  expect(only.keyId).toBeNull();
  expect(only.hint).toMatch(/has a card already/);
});

test('nobody who is disabled, or outranks, gets a card here', () => {
  expect(personOffer(person({ active: false }), everybody).refusedBecause).toMatch(/Disabled/);
  expect(personOffer(person({ role: 'owner' }), (role) => role === 'member').refusedBecause).toMatch(/role/);
  expect(personOffer(person({}), everybody).refusedBecause).toBeUndefined();
});

test('who was put off is not the next one again', () => {
  const key = (id: string) => ({ id, name: 'Card', user: { id: `u${id}`, displayName: id, email: 'e' } }) as Key;
  expect(waitingOffers([key('1'), key('2')], new Set(['1'])).map(({ keyId }) => keyId)).toEqual(['2']);
});
