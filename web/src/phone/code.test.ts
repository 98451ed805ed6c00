import { describe, expect, it } from 'vitest';
import { codeProblem, shapeCode } from './code';
import { lookAgain } from './useCarryOver';

describe('a typed code', () => {
  it('looks as on the other screen while it is typed', () => {
    expect(shapeCode('abc')).toBe('ABC');
    expect(shapeCode('abcd2')).toBe('ABCD-2');
    expect(shapeCode(' abcd - 2345 ')).toBe('ABCD-2345');
    expect(shapeCode('ABCD-23456789')).toBe('ABCD-2345');
    // The hyphen can be deleted over.
    expect(shapeCode('ABCD-')).toBe('ABCD');
  });
  it('is complained about before a try is spent', () => {
    expect(codeProblem('')).toContain('Type the code');
    expect(codeProblem('ABCD-234')).toContain('eight');
    expect(codeProblem('ABCD-234O')).toContain('no 0, 1, I or O');
    expect(codeProblem('ABCD-2345')).toBeNull();
  });
});

describe('following a code', () => {
  const progress = { phone: null, keyName: null, model: null, tried: false };
  it('goes on while something can happen, and rests then', () => {
    expect(lookAgain(undefined)).toBe(2_000);
    expect(lookAgain({ ...progress, stage: 'waiting' })).toBe(2_000);
    expect(lookAgain({ ...progress, stage: 'opened' })).toBe(2_000);
    expect(lookAgain({ ...progress, stage: 'registered' })).toBe(4_000);
    expect(lookAgain({ ...progress, stage: 'registered', tried: true })).toBe(false);
    for (const stage of ['expired', 'replaced', 'ended'] as const) expect(lookAgain({ ...progress, stage })).toBe(false);
  });
});
