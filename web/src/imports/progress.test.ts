import { describe, expect, it } from 'vitest';
import { announcement, isOpen, isRunning, phaseWords, progressView } from './progress';

const progress = { done: 0, total: 1000, errors: 0, perSecond: 0, secondsLeft: null, pausedUntil: null };
const run = (done: number, more: object = {}) =>
  ({ state: 'applying', phase: 'applying', source: 'csv', progress: { ...progress, done, ...more } }) as const;

describe('the progress of an import', () => {
  it('says how far, how fast and how long', () => {
    const view = progressView({ ...progress, done: 1204, total: 10_000, perSecond: 850.4, secondsLeft: 41 });
    expect(view).toMatchObject({ count: '1,204 of 10,000', rate: '850 a second', left: 'about 40 seconds left' });
    expect(view.part).toBeCloseTo(0.1204);
  });

  it('promises no end while the whole is not known', () => {
    expect(progressView({ ...progress, done: 300, total: null })).toMatchObject({ part: undefined, count: '300 so far', left: null });
    expect(progressView(null)).toMatchObject({ part: undefined, count: 'Starting…' });
  });

  it('says until when Microsoft pauses it, on the clock of the viewer', () => {
    const view = progressView({ ...progress, perSecond: 10, secondsLeft: 9, pausedUntil: '2026-11-22T11:03:05Z' }, 'Europe/Zurich');
    expect(view).toMatchObject({ paused: 'Paused by Microsoft until 12:03:05', rate: null, left: null });
  });

  it('is read out a few times in a run, not each second', () => {
    const heard = new Set(Array.from({ length: 1001 }, (_, done) => announcement(run(done))));
    expect([...heard]).toEqual(['Importing', 'Importing, 25 percent', 'Importing, 50 percent', 'Importing, 75 percent']);
  });

  it('names the phase by its source, also before the worker has taken it up', () => {
    expect(phaseWords({ state: 'reading', phase: null, source: 'entra' })).toBe('Reading from Entra ID');
    expect(phaseWords({ state: 'reading', phase: 'reading', source: 'csv' })).toBe('Reading the file');
    expect(phaseWords({ state: 'finished', phase: null, source: 'csv' })).toBe('');
  });

  it('knows what runs and what can still be changed', () => {
    expect(isRunning('undoing')).toBe(true);
    expect(isRunning('ready')).toBe(false);
    expect(isOpen('ready')).toBe(true);
    expect(isOpen('applying')).toBe(false);
  });
});
