import { expect, test } from 'vitest';
import { missingFields } from './form';

test('a filled form has no gaps', () => {
  expect(missingFields({ organisationName: 'Example', displayName: 'Ann', email: ' ann@example.org ' })).toEqual({});
});

test('each gap has its message', () => {
  const gaps = missingFields({ organisationName: ' ', displayName: '', email: 'ann' });
  expect(Object.keys(gaps)).toEqual(['organisationName', 'displayName', 'email']);
});
