import { describe, expect, it } from 'vitest';
import { filtersOf, isFiltered, parseUserPageSearch, parseUsersSearch } from './filters';

describe('the address of the user list', () => {
  it('keeps every filter it knows', () => {
    const search = {
      q: 'jane',
      status: 'new,pending',
      origin: 'csv',
      keyKind: 'hardwareKey,none',
      groupId: '0199',
      sort: '-lastActivityAt',
      cursor: 'abc',
    };
    expect(parseUsersSearch(search)).toEqual(search);
  });

  it('drops what it does not know, and the order that is usual anyway', () => {
    expect(parseUsersSearch({ status: 'gone', sort: 'displayName', page: 7, origin: 3 })).toEqual({});
    expect(parseUsersSearch({ sort: 'password' })).toEqual({});
  });

  it('keeps a search for a number', () => {
    expect(parseUsersSearch({ q: 4711 })).toEqual({ q: '4711' });
  });

  it('counts with the filters alone', () => {
    expect(filtersOf({ q: 'jane', sort: 'email', cursor: 'abc' })).toEqual({ q: 'jane' });
    expect(isFiltered({ sort: 'email', cursor: 'abc' })).toBe(false);
    expect(isFiltered({ groupId: '0199' })).toBe(true);
  });
});

describe('the address of one person', () => {
  it('keeps the tab, except the first', () => {
    expect(parseUserPageSearch({ tab: 'keys' })).toEqual({ tab: 'keys' });
    expect(parseUserPageSearch({ tab: 'info' })).toEqual({});
    expect(parseUserPageSearch({ tab: 'secrets' })).toEqual({});
  });
});
