import { expect, test } from 'vitest';
import { groupOwner, isDirectoryId, profileOwner } from './managed';

const id = '7d420df3-9995-4831-a406-ecf8166f5f6a';

test('an id of a directory is told from a user name that people chose', () => {
  expect(isDirectoryId({ origin: 'scim', userName: id })).toBe(true);
  expect(isDirectoryId({ origin: 'entra', userName: id.toUpperCase() })).toBe(true);
  expect(isDirectoryId({ origin: 'scim', userName: 'ada@contoso.com' })).toBe(false);
  expect(isDirectoryId({ origin: 'local', userName: id })).toBe(false);
});

test('a profile says who owns it, if it is not kept here', () => {
  expect(profileOwner({ origin: 'local' })).toBeNull();
  expect(profileOwner({ origin: 'csv' })).toBeNull();
  expect(profileOwner({ origin: 'scim' })).toContain('SCIM');
  expect(profileOwner({ origin: 'entra' })).toContain('Entra ID');
});

test('a group of SCIM says what is managed elsewhere', () => {
  expect(groupOwner({ type: 'scim' })).toContain('directory');
  expect(groupOwner({ type: 'local' })).toBe('Local');
});
