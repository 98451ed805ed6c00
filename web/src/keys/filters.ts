// What the list of security keys keeps in the URL, and how the server is asked for it.

import { someOf, sort, text, tidy } from '../shared/search';

export const kinds = ['hardwareKey', 'smartphone', 'contactlessCard', 'platform'] as const;
export const states = ['pending', 'active', 'suspended', 'revoked', 'expired', 'cancelled'] as const;
export const sortFields = ['createdAt', 'lastUsedAt', 'name'] as const;
export type SortField = (typeof sortFields)[number];

export const defaultSort = '-createdAt';

export interface KeysSearch {
  q?: string;
  /** Comma-separated, as the server takes it. */
  kind?: string;
  state?: string;
  sort?: SortField | `-${SortField}`;
  cursor?: string;
}

export function parseKeysSearch(search: Record<string, unknown>): KeysSearch {
  const order = sort(search['sort'], sortFields);
  return tidy({
    q: text(search['q']),
    kind: someOf(search['kind'], kinds),
    state: someOf(search['state'], states),
    sort: order === defaultSort ? undefined : order,
    cursor: text(search['cursor']),
  });
}

export function isFiltered(search: KeysSearch): boolean {
  return Boolean(search.q ?? search.kind ?? search.state);
}
