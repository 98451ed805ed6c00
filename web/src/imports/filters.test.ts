import { describe, expect, it } from 'vitest';
import { csvSteps, parseImportsSearch, parseRowsSearch, parseWizardSearch } from './filters';

describe('the addresses of imports', () => {
  it('keep tab, state and source, and drop what nobody knows', () => {
    expect(parseImportsSearch({ tab: 'schedules' })).toEqual({ tab: 'schedules' });
    expect(parseImportsSearch({ tab: 'imports', state: 'ready', source: 'ldap' })).toEqual({ state: 'ready' });
  });

  it('keep the filters of the rows', () => {
    const search = { verdict: 'conflict', q: 'haddad', cursor: 'abc' };
    expect(parseRowsSearch({ ...search, result: 'exploded' })).toEqual(search);
  });

  it('keep the import and the step of a wizard beside the filters of its plan', () => {
    const parse = parseWizardSearch(csvSteps);
    expect(parse({ import: 'i1', step: 'review', verdict: 'create' })).toEqual({ import: 'i1', step: 'review', verdict: 'create' });
    expect(parse({ step: 'options' })).toEqual({});
  });
});
