import { describe, expect, it } from 'vitest';
import { activityQuery, exportAddress, isFiltered, parseActivitySearch } from './filters';

describe('the address of the activity page', () => {
  it('keeps people, action and days', () => {
    const search = { userId: 'u1', action: 'key.revoked', from: '2026-11-01', to: '2026-11-22' };
    expect(parseActivitySearch(search)).toEqual(search);
    expect(isFiltered(search)).toBe(true);
    expect(isFiltered({ cursor: 'abc' })).toBe(false);
  });

  it('drops days that do not exist', () => {
    expect(parseActivitySearch({ from: '2026-13-01' })).toEqual({});
  });

  it("asks from the first moment of the first day to the last of the last, in the viewer's time zone", () => {
    const query = activityQuery({ from: '2026-11-22', to: '2026-11-22', cursor: 'abc' });
    expect(query).not.toHaveProperty('cursor');
    expect(new Date(query.from ?? '')).toEqual(new Date(2026, 10, 22));
    expect(new Date(query.to ?? '')).toEqual(new Date(2026, 10, 23));
  });

  it('downloads what is shown', () => {
    expect(exportAddress({ action: 'key.revoked', cursor: 'abc' }, 'csv')).toBe(
      '/api/v1/activity/export?format=csv&action=key.revoked',
    );
  });
});
