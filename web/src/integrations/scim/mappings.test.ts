import { expect, test } from 'vitest';
import { groupAttributes, groupMappings, userAttributes, userMappings } from './mappings';

test('people and groups are each matched by one attribute, the id that never changes', () => {
  for (const mappings of [userMappings, groupMappings]) {
    expect(mappings.filter(({ matching }) => matching !== undefined)).toEqual([
      { target: 'externalId', source: 'objectId', type: 'Direct', matching: 1 },
    ]);
  }
});

test('every attribute of a mapping is in its list, and is one of Entra’s own', () => {
  for (const [mappings, attributes] of [[userMappings, userAttributes], [groupMappings, groupAttributes]] as const) {
    for (const { target } of mappings) {
      expect(attributes.filter(({ name, add }) => name === target && !add), target).toHaveLength(1);
    }
    expect(new Set(attributes.map(({ name }) => name)).size).toBe(attributes.length);
  }
});

test('expressions are balanced, as Entra refuses others', () => {
  for (const { source, type } of [...userMappings, ...groupMappings]) {
    expect(type === 'Expression').toBe(source.includes('('));
    for (const [open, close] of ['()', '[]']) {
      expect(source.split(open as string).length, source).toBe(source.split(close as string).length);
    }
    expect(source.split('"').length % 2, source).toBe(1);
  }
});
