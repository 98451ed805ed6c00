// What the pages of user groups keep in the URL, and how the server is asked for it.

import type { GroupType } from '../api';
import { oneOf, sort, text, tidy } from '../shared/search';

export const types = ['local', 'scim', 'entra', 'everyone'] as const;
export const sortFields = ['name', 'createdAt'] as const;
export type SortField = (typeof sortFields)[number];

export interface GroupsSearch {
  q?: string;
  type?: GroupType;
  sort?: SortField | `-${SortField}`;
  cursor?: string;
}

export function parseGroupsSearch(search: Record<string, unknown>): GroupsSearch {
  const order = sort(search['sort'], sortFields);
  return tidy({
    q: text(search['q']),
    type: oneOf(search['type'], types),
    sort: order === 'name' ? undefined : order,
    cursor: text(search['cursor']),
  });
}

/** The page of one group: the search among its members. */
export interface GroupPageSearch {
  q?: string;
  cursor?: string;
}

export function parseGroupPageSearch(search: Record<string, unknown>): GroupPageSearch {
  return tidy({ q: text(search['q']), cursor: text(search['cursor']) });
}
