import { describe, expect, it } from 'vitest';
import { obstacleOf, type Facts } from './obstacle';

const fine: Facts = { system: 'android', app: null, secure: true, passkeys: true, screenLock: true };

describe('what keeps a phone from becoming a key', () => {
  it('finds nothing where nothing is', () => {
    expect(obstacleOf(fine)).toBeNull();
    // A browser that does not say may well be able to.
    expect(obstacleOf({ ...fine, screenLock: null })).toBeNull();
  });
  it('names each obstacle with a way out, in the terms of the phone', () => {
    const cases: [Partial<Facts>, string, RegExp][] = [
      [{ app: 'Instagram' }, 'app', /Open in Chrome/],
      [{ app: 'another app', system: 'iphone' }, 'app', /Safari/],
      [{ secure: false }, 'insecure', /https/],
      [{ passkeys: false }, 'browser', /Play Store/],
      [{ passkeys: false, system: 'iphone' }, 'browser', /iOS 16/],
      [{ screenLock: false }, 'screenLock', /Lock screen/],
      [{ screenLock: false, system: 'iphone' }, 'screenLock', /Passcode/],
      [{ screenLock: false, system: 'other' }, 'screenLock', /settings of your device/],
    ];
    for (const [facts, code, words] of cases) {
      const obstacle = obstacleOf({ ...fine, ...facts });
      expect(obstacle?.code).toBe(code);
      expect(`${obstacle?.title} ${obstacle?.steps.join(' ')}`).toMatch(words);
    }
  });
  it('says first what has to be mended first', () => {
    const all: Facts = { system: 'iphone', app: 'LINE', secure: false, passkeys: false, screenLock: false };
    expect(obstacleOf(all)?.code).toBe('app');
    expect(obstacleOf({ ...all, app: null })?.code).toBe('insecure');
    expect(obstacleOf({ ...all, app: null, secure: true })?.code).toBe('browser');
  });
});
