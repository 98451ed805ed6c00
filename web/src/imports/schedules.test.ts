import { describe, expect, it } from 'vitest';
import { draftProblems, momentWords, timingWords, zones } from './schedules';

const nightly = { name: 'Every night', every: 'day', at: '02:30', weekday: null, timeZone: 'Europe/Zurich', enabled: true } as const;

describe('a schedule', () => {
  it('says when it runs', () => {
    expect(timingWords(nightly)).toBe('Every day at 02:30 (Europe/Zurich)');
    expect(timingWords({ ...nightly, every: 'week', weekday: 6 })).toBe('Every Sunday at 02:30 (Europe/Zurich)');
    expect(timingWords({ ...nightly, every: 'hour', at: '00:00' })).toBe('Every hour');
    expect(timingWords({ ...nightly, every: 'hour', at: '00:05' })).toBe('Every hour, 5 minutes past');
  });

  it('shows its next run on its own clock and on another', () => {
    const at = '2026-11-23T01:30:00Z';
    expect(momentWords(at, 'Europe/Zurich')).toBe('Mon 23 Nov, 02:30');
    expect(momentWords(at, 'America/New_York')).toBe('Sun 22 Nov, 20:30');
  });

  it('needs a name, a time and a zone that exists', () => {
    expect(draftProblems(nightly)).toEqual({});
    expect(Object.keys(draftProblems({ ...nightly, name: ' ', at: '25:00', timeZone: 'Mars/Olympus' }))).toEqual(['name', 'at', 'timeZone']);
    expect(zones()).toContain('UTC');
  });
});
