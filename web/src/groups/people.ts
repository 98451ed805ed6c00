// Finds people to put into a group, for the picker.
import { api } from '../api';
import type { Offer } from '../shared/Picker';

/** How many results a picker shows; the rest is found by typing more. */
const shown = 50;

export async function findPeople(q: string, signal: AbortSignal): Promise<{ offers: Offer[]; more: boolean }> {
  const found = await api.get('/users', { query: { q, sort: 'displayName', limit: shown }, signal });
  return {
    offers: found.items.map((user) => ({ id: user.id, name: user.displayName, hint: user.email })),
    more: Boolean(found.nextCursor),
  };
}

