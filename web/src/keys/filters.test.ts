import { describe, expect, it } from 'vitest';
import { isFiltered, parseKeysSearch } from './filters';

describe('the address of the list of keys', () => {
  it('keeps every filter it knows', () => {
    const search = { q: 'blue', kind: 'hardwareKey', state: 'pending,expired', sort: '-lastUsedAt', cursor: 'abc' };
    expect(parseKeysSearch(search)).toEqual(search);
  });

  it('drops what it does not know, and the order that is usual anyway', () => {
    expect(parseKeysSearch({ kind: 'card', state: 'gone', sort: '-createdAt' })).toEqual({});
  });

  it('knows when something is left out', () => {
    expect(isFiltered({ sort: 'name', cursor: 'abc' })).toBe(false);
    expect(isFiltered({ state: 'pending' })).toBe(true);
  });
});
