import { describe, expect, it } from 'vitest';
import { countries, countryName, homeCountry, joinPhone, phoneProblem, splitPhone } from './countries';

describe('the list of calling codes', () => {
  it('names each country once, by a code the browser knows', () => {
    const isos = countries.map((c) => c.iso);
    expect(new Set(isos).size).toBe(isos.length);
    for (const country of countries) {
      expect(country.code).toMatch(/^[1-9]\d{0,3}$/);
      expect(countryName(country.iso)).not.toBe(country.iso);
    }
  });
});

describe('a stored phone number', () => {
  it('comes apart into its country and the rest, and back together unchanged', () => {
    const parts = splitPhone('+49 30 1234567', 'US');
    expect(parts).toEqual({ iso: 'DE', number: '30 1234567' });
    expect(joinPhone(parts)).toBe('+49 30 1234567');
  });

  it('goes to the longest calling code, so that Jamaica is not the United States', () => {
    expect(splitPhone('+1 876 555 0100', 'DE')).toEqual({ iso: 'JM', number: '555 0100' });
    expect(splitPhone('+12025550100', 'DE')).toEqual({ iso: 'US', number: '2025550100' });
  });

  it("stays with the person's own country where several share a code", () => {
    expect(splitPhone('+1 604 555 0100', 'CA').iso).toBe('CA');
    expect(splitPhone('+1 604 555 0100', 'DE').iso).toBe('US');
  });

  it('keeps what has no calling code', () => {
    expect(splitPhone('030 1234', 'DE')).toEqual({ iso: 'DE', number: '030 1234' });
    expect(splitPhone(null, 'FR')).toEqual({ iso: 'FR', number: '' });
  });
});

describe('a typed phone number', () => {
  it('is nothing when empty, and wins over the country when it brings its own code', () => {
    expect(joinPhone({ iso: 'DE', number: '  ' })).toBeNull();
    expect(joinPhone({ iso: 'DE', number: '+44 20 7946 0000' })).toBe('+44 20 7946 0000');
  });

  it('is refused with words when it cannot be one', () => {
    expect(phoneProblem({ iso: 'DE', number: '' })).toBeNull();
    expect(phoneProblem({ iso: 'DE', number: '(030) 123-4567' })).toBeNull();
    expect(phoneProblem({ iso: 'US', number: '202 555 0100 ext. 12345678' })).toBeNull();
    expect(phoneProblem({ iso: 'DE', number: 'call me' })).toMatch(/digits only/);
    expect(phoneProblem({ iso: 'DE', number: '12' })).toMatch(/too short/);
    expect(phoneProblem({ iso: 'DE', number: '1234567890123456' })).toMatch(/too long/);
  });
});

describe('the country to start with', () => {
  it("is the language's region, stated or likely", () => {
    expect(homeCountry('de-CH')).toBe('CH');
    expect(homeCountry('fr')).toBe('FR');
  });
});
