import { describe, expect, it } from 'vitest';
import { languageChoices, languageName } from './languages';

describe('the languages to choose from', () => {
  it('have names, in the order of the alphabet', () => {
    const names = languageChoices(null).map((choice) => choice.name);
    expect(names).toContain('German');
    expect(names).toEqual([...names].sort((one, other) => one.localeCompare(other, 'en')));
  });

  it('include the one the person has already, once', () => {
    expect(languageChoices('de-AT').filter((choice) => choice.tag === 'de-AT')).toHaveLength(1);
    expect(languageChoices('de').filter((choice) => choice.tag === 'de')).toHaveLength(1);
  });

  it('leave text that is no language as it is', () => {
    expect(languageName('not a language')).toBe('not a language');
  });
});
