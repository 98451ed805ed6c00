import { expect, test } from 'vitest';
import { parseScimSearch } from './filters';

test('each tab keeps only what belongs to it', () => {
  const search = { tab: 'log', q: 'ada', outcome: 'failed', request: 'r', cursor: 'c' };
  expect(parseScimSearch(search)).toEqual(search);
  expect(parseScimSearch({ ...search, tab: 'conflicts' })).toEqual({ tab: 'conflicts', cursor: 'c' });
  expect(parseScimSearch({ ...search, tab: 'tokens' })).toEqual({ tab: 'tokens' });
});

test('what is not understood is dropped', () => {
  expect(parseScimSearch({ tab: 'secrets', outcome: 'maybe' })).toEqual({});
  expect(parseScimSearch({ tab: 'log', outcome: 'maybe' })).toEqual({ tab: 'log' });
});
