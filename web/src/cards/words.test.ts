import { expect, test } from 'vitest';
import type { CardPasskey } from '../api';
import { passkeysWords, siteList, siteName, triesWords } from './words';

const passkey = (relyingParty: string | null, relyingPartyName: string | null = null): CardPasskey => ({
  id: crypto.randomUUID(),
  relyingParty,
  relyingPartyName,
  account: null,
  accountDisplayName: null,
  discoverable: true,
  signatures: 0,
  signsInHere: false,
  registeredAt: '2026-11-22T10:00:00Z',
  registeredWith: null,
  lastUsedAt: null,
  lastUsedWith: null,
});

test('a card without tries says that it is blocked', () => {
  expect(triesWords({ blocked: true, pinTries: 0 })).toMatch(/blocked/);
  expect(triesWords({ blocked: false, pinTries: 3 })).toBe('3 of 8');
});

test('a site is called by its name and its domain, each once', () => {
  expect(siteName(passkey('example.com', 'Example'))).toBe('Example (example.com)');
  expect(siteName(passkey('example.com', 'example.com'))).toBe('example.com');
  expect(siteName(passkey('example.com'))).toBe('example.com');
  expect(siteName(passkey(null))).toMatch(/did not tell/);
});

test('sites are listed once each, and many are counted', () => {
  expect(siteList([passkey('a.example'), passkey('a.example'), passkey('b.example')])).toBe('a.example and b.example');
  const many = Array.from({ length: 8 }, (_, at) => passkey(`${at}.example`));
  expect(siteList(many)).toMatch(/4\.example and 3 more$/);
});

test('passkeys are counted in words', () => {
  expect(passkeysWords(1)).toBe('1 passkey');
  expect(passkeysWords(2)).toBe('2 passkeys');
});
