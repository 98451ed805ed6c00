import { describe, expect, it } from 'vitest';
import type { EntraConnection, Import } from '../../api';
import { defaultEntra, furthest, modeOf, scopeProblem, scopeWords } from './entra';

describe('an import from Entra ID', () => {
  it('knows its three modes by two switches', () => {
    expect([modeOf(false, true), modeOf(true, true), modeOf(true, false)]).toEqual(['new', 'both', 'update']);
  });

  it('says whom it takes', () => {
    expect(scopeWords(defaultEntra)).toBe('All Entra ID groups');
    expect(scopeWords({ ...defaultEntra, includeUngrouped: true })).toBe('All Entra ID groups, and people in no group');
    expect(scopeWords({ ...defaultEntra, scope: 'groups', groupIds: ['a', 'b'] })).toBe('2 Entra ID groups');
    expect(scopeWords({ ...defaultEntra, scope: 'groups', groupIds: ['a', 'b'] }, ['IT', 'Board'])).toBe('IT and Board');
  });

  it('needs a group where groups are chosen', () => {
    expect(scopeProblem({ ...defaultEntra, scope: 'groups' })).toBe('Choose at least one group.');
    expect(scopeProblem(defaultEntra)).toBeNull();
  });

  it('goes nowhere without a connection that works', () => {
    const connection = (state: EntraConnection['state']) => ({ state }) as EntraConnection;
    const run = (state: Import['state']) => ({ state, options: { entra: defaultEntra } }) as Import;
    expect(furthest(connection('notAuthorized'), run('draft'))).toBe('connection');
    expect(furthest(connection('working'), undefined)).toBe('connection');
    expect(furthest(connection('working'), run('draft'))).toBe('review');
    expect(furthest(connection('working'), run('ready'))).toBe('confirm');
  });
});
