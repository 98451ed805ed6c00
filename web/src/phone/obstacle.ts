// What keeps a phone from becoming a key, in the phone's own terms, and the way out.
import { inAppBrowser, systemOf, type System } from '../shared/handheld';

export interface Facts {
  system: System;
  /** The app whose own browser shows the page, or null. */
  app: string | null;
  secure: boolean;
  /** Whether the browser knows passkeys at all. */
  passkeys: boolean;
  /** Whether the phone can keep one: it has a screen lock. null when it does not say. */
  screenLock: boolean | null;
}

export interface Obstacle {
  code: 'app' | 'insecure' | 'browser' | 'screenLock';
  title: string;
  why: string;
  /** What to do, in order. */
  steps: string[];
  /** Whether another browser on this phone may do it: then the address is offered to be copied. */
  elsewhere: boolean;
}

const browserOf: Record<System, string> = { iphone: 'Safari', android: 'Chrome', other: 'your browser' };

/** The obstacle in the way, or null. What is said first is what has to be mended first. */
export function obstacleOf({ system, app, secure, passkeys, screenLock }: Facts): Obstacle | null {
  const browser = browserOf[system];
  if (app !== null) {
    return {
      code: 'app',
      title: `Open this page in ${browser}`,
      why: `${app === 'another app' ? 'An app' : capital(app)} shows this page in a small browser of its own. It can’t make a passkey, and what it makes could get lost.`,
      steps: [
        system === 'iphone'
          ? 'Tap the compass, or the share button and “Open in Safari”.'
          : 'Tap the three dots and “Open in browser”, or “Open in Chrome”.',
        `If there is no such button: copy the address below and paste it into ${browser}.`,
      ],
      elsewhere: true,
    };
  }
  if (!secure) {
    return {
      code: 'insecure',
      title: 'The connection is not secure',
      why: 'The address does not begin with https, so the phone keeps its passkeys away from this page.',
      steps: ['Ask your administrator for the https address of Keystead.'],
      elsewhere: false,
    };
  }
  if (!passkeys) {
    return {
      code: 'browser',
      title: 'This browser is too old for passkeys',
      why: 'A passkey is what makes your phone a key. This browser does not know them.',
      steps: [
        system === 'iphone'
          ? 'Bring the phone to iOS 16 or newer: Settings, General, Software Update.'
          : 'Bring the browser up to date in the Play Store, or open this page in Chrome. Android 9 or newer is needed.',
        'A phone that can’t be brought up to date can’t be your key: ask your administrator for a hardware security key.',
      ],
      elsewhere: true,
    };
  }
  if (screenLock === false) {
    return {
      code: 'screenLock',
      title: 'Your phone needs a screen lock first',
      why: 'The passkey opens with what unlocks your phone: a fingerprint, your face or a code. Without one, anybody who finds the phone would be you.',
      steps: [
        system === 'iphone'
          ? 'Open Settings, then “Face ID & Passcode” or “Touch ID & Passcode”, and turn the passcode on. iCloud Keychain has to be on, too: Settings, your name, iCloud, Passwords.'
          : system === 'android'
            ? 'Open Settings, then “Security” (on some phones “Lock screen”), and choose a PIN, a pattern or a fingerprint.'
            : 'Open the settings of your device and turn a screen lock on.',
        'Come back to this page and press “Try again”.',
      ],
      elsewhere: false,
    };
  }
  return null;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What this phone says of itself. */
export async function phoneFacts(): Promise<Facts> {
  const passkeys = typeof window.PublicKeyCredential === 'function';
  let screenLock: boolean | null = null;
  if (passkeys && window.isSecureContext) {
    try {
      screenLock = await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
    } catch {
      // Then the attempt itself will tell.
    }
  }
  return { system: systemOf(), app: inAppBrowser(), secure: window.isSecureContext, passkeys, screenLock };
}

/** What to look at when the phone asked for nothing, or said no. */
export function troubleHints(system: System): string[] {
  return system === 'iphone'
    ? [
        'Nothing appeared? Turn iCloud Keychain on: Settings, your name, iCloud, Passwords.',
        'A window of another password app appeared? Choose the one you want in Settings, General, AutoFill & Passwords.',
      ]
    : [
        'Nothing appeared? Check that the phone has a screen lock, and that Google Play services are up to date.',
        'A window of another password app appeared? Choose the one you want in Settings, Passwords & accounts.',
      ];
}
