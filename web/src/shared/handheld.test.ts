import { describe, expect, it } from 'vitest';
import { inAppBrowser, isHandheld, systemOf } from './handheld';

const agents = {
  iphone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  iphoneMail:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  iphoneChrome:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1',
  android:
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
  androidView:
    'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36',
  instagram:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 350.0.0',
  mac: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  linux: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
};

describe('what is in the hand', () => {
  it('knows phones and tablets from computers', () => {
    expect(isHandheld({ userAgent: agents.iphone })).toBe(true);
    expect(isHandheld({ userAgent: agents.android })).toBe(true);
    expect(isHandheld({ userAgent: agents.mac, maxTouchPoints: 0 })).toBe(false);
    expect(isHandheld({ userAgent: agents.mac, maxTouchPoints: 5 })).toBe(true);
    // A laptop with a touch screen is no phone.
    expect(isHandheld({ userAgent: agents.linux, maxTouchPoints: 10 })).toBe(false);
    expect(isHandheld({ userAgent: 'anything', userAgentData: { mobile: true } })).toBe(true);
  });
  it('knows whose settings to speak of', () => {
    expect(systemOf({ userAgent: agents.iphone })).toBe('iphone');
    expect(systemOf({ userAgent: agents.mac, maxTouchPoints: 5 })).toBe('iphone');
    expect(systemOf({ userAgent: agents.mac, maxTouchPoints: 0 })).toBe('other');
    expect(systemOf({ userAgent: agents.android })).toBe('android');
  });
  it('tells the small browsers inside apps from real ones', () => {
    for (const real of [agents.iphone, agents.iphoneChrome, agents.android, agents.mac, agents.linux]) {
      expect(inAppBrowser(real), real).toBeNull();
    }
    expect(inAppBrowser(agents.iphoneMail)).toBe('another app');
    expect(inAppBrowser(agents.androidView)).toBe('another app');
    expect(inAppBrowser(agents.instagram)).toBe('Instagram');
  });
});
