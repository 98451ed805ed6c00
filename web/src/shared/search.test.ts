import { describe, expect, it } from 'vitest';
import { date, oneOf, someOf, sort, text, tidy, words } from './search';

describe('what a list keeps in the URL', () => {
  it('keeps text, also when it looks like a number', () => {
    expect(text('jane')).toBe('jane');
    expect(text(42)).toBe('42');
    expect(text('')).toBeUndefined();
    expect(text({ evil: true })).toBeUndefined();
  });

  it('knows only allowed words', () => {
    expect(oneOf('new', ['new', 'active'])).toBe('new');
    expect(oneOf('old', ['new', 'active'])).toBeUndefined();
  });

  it('puts several words in one order and drops the unknown', () => {
    expect(someOf('active,old,new', ['new', 'active'])).toBe('new,active');
    expect(someOf('old', ['new', 'active'])).toBeUndefined();
    expect(words('new,active')).toEqual(['new', 'active']);
    expect(words(undefined)).toEqual([]);
  });

  it('takes only days that exist', () => {
    expect(date('2026-02-28')).toBe('2026-02-28');
    expect(date('2026-02-30')).toBeUndefined();
    expect(date('yesterday')).toBeUndefined();
  });

  it('sorts by known fields, up and down', () => {
    expect(sort('name', ['name'])).toBe('name');
    expect(sort('-name', ['name'])).toBe('-name');
    expect(sort('-password', ['name'])).toBeUndefined();
  });

  it('leaves out what says nothing', () => {
    expect(tidy({ q: undefined, cursor: 'abc' })).toEqual({ cursor: 'abc' });
  });
});
