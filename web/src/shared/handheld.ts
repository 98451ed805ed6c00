// What is in the visitor's hand, as its browser tells. A guess by nature: it only decides what is
// shown first, and every page offers the other way, too.

export type System = 'iphone' | 'android' | 'other';

interface Told {
  userAgent: string;
  maxTouchPoints?: number;
  userAgentData?: { mobile?: boolean };
}

/** Whether the page is open on a phone or a tablet. */
export function isHandheld(told: Told = navigator): boolean {
  if (told.userAgentData?.mobile) return true;
  if (/\b(iPhone|iPad|iPod|Android)\b/.test(told.userAgent)) return true;
  // An iPad calls itself a Mac, but no Mac has a touch screen.
  return /\bMacintosh\b/.test(told.userAgent) && (told.maxTouchPoints ?? 0) > 1;
}

/** The phone's system, for words such as where its screen lock is set. */
export function systemOf(told: Told = navigator): System {
  if (/\bAndroid\b/.test(told.userAgent)) return 'android';
  if (/\b(iPhone|iPad|iPod)\b/.test(told.userAgent)) return 'iphone';
  return isHandheld(told) && /\bMacintosh\b/.test(told.userAgent) ? 'iphone' : 'other';
}

const apps: [RegExp, string][] = [
  [/\b(FBAN|FBAV|FB_IAB)\b/, 'Facebook'],
  [/\bInstagram\b/, 'Instagram'],
  [/\bLinkedInApp\b/, 'LinkedIn'],
  [/\bMicroMessenger\b/, 'WeChat'],
  [/\bLine\//, 'LINE'],
  [/\bSnapchat\b/, 'Snapchat'],
  [/\b(musical_ly|BytedanceWebview)\b/, 'TikTok'],
  [/\bGSA\//, 'the Google app'],
  [/\bTeams\//i, 'Teams'],
];

/** The app whose own small browser shows the page ("another app" when it does not say), or null in a real browser. */
export function inAppBrowser(userAgent: string = navigator.userAgent): string | null {
  const named = apps.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (named) return named;
  // Android marks its web view; on an iPhone every real browser says Safari.
  if (/\bAndroid\b.*; wv\)/.test(userAgent)) return 'another app';
  if (/\b(iPhone|iPad|iPod)\b/.test(userAgent) && !/\bSafari\//.test(userAgent)) return 'another app';
  return null;
}
