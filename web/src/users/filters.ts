// What the list of users keeps in the URL, and how the server is asked for it.

import { oneOf, someOf, sort, text, tidy } from '../shared/search';

export const statuses = ['new', 'pending', 'active', 'disabled'] as const;
export const origins = ['local', 'csv', 'scim', 'entra'] as const;
export const keyKinds = ['hardwareKey', 'smartphone', 'contactlessCard', 'platform', 'none'] as const;
export const sortFields = ['displayName', 'userName', 'email', 'status', 'createdAt', 'lastActivityAt'] as const;
export type SortField = (typeof sortFields)[number];

export const defaultSort = 'displayName';

export interface UsersSearch {
  q?: string;
  /** Comma-separated, as the server takes it. */
  status?: string;
  origin?: string;
  keyKind?: string;
  groupId?: string;
  sort?: SortField | `-${SortField}`;
  cursor?: string;
}

export function parseUsersSearch(search: Record<string, unknown>): UsersSearch {
  const order = sort(search['sort'], sortFields);
  return tidy({
    q: text(search['q']),
    status: someOf(search['status'], statuses),
    origin: someOf(search['origin'], origins),
    keyKind: someOf(search['keyKind'], keyKinds),
    groupId: text(search['groupId']),
    sort: order === defaultSort ? undefined : order,
    cursor: text(search['cursor']),
  });
}

/** The filters alone: what the count is asked with, and whether any is set. */
export function filtersOf(search: UsersSearch): Omit<UsersSearch, 'sort' | 'cursor'> {
  const { sort: _sort, cursor: _cursor, ...filters } = search;
  return filters;
}

export function isFiltered(search: UsersSearch): boolean {
  return Object.keys(filtersOf(search)).length > 0;
}

export const userTabs = ['info', 'keys', 'passkeys', 'groups', 'activity'] as const;
export type UserTab = (typeof userTabs)[number];

/** What the page of one person keeps in the URL: its tab, and the cursor of the list on it. */
export interface UserPageSearch {
  tab?: UserTab;
  cursor?: string;
}

export function parseUserPageSearch(search: Record<string, unknown>): UserPageSearch {
  const tab = oneOf(search['tab'], userTabs);
  return tidy({ tab: tab === 'info' ? undefined : tab, cursor: text(search['cursor']) });
}
