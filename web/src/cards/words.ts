// Cards in words.
import type { Card, CardPasskey } from '../api';

/** How many wrong PINs a card forgives. */
export const allTries = 8;

/** "8 of 8", "1 of 8", "None: the card is blocked". */
export function triesWords({ blocked, pinTries }: Pick<Card, 'blocked' | 'pinTries'>): string {
  return blocked ? 'None: the card is blocked' : `${pinTries} of ${allTries}`;
}

/** Where a passkey signs in to, as people know it. */
export function siteName({ relyingParty, relyingPartyName }: Pick<CardPasskey, 'relyingParty' | 'relyingPartyName'>): string {
  if (!relyingParty) return relyingPartyName ?? 'A site that did not tell its name';
  return relyingPartyName && relyingPartyName !== relyingParty ? `${relyingPartyName} (${relyingParty})` : relyingParty;
}

/** The sites of several passkeys, each once: "example.com, Meadow (keys.example.org) and 3 more". */
export function siteList(passkeys: readonly CardPasskey[], most = 5): string {
  const sites = [...new Set(passkeys.map(siteName))];
  const more = sites.length - most;
  const shown = more > 0 ? [...sites.slice(0, most), `${more.toLocaleString('en')} more`] : sites;
  return new Intl.ListFormat('en-GB').format(shown);
}

/** "1 passkey", "12 passkeys". */
export function passkeysWords(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'passkey' : 'passkeys'}`;
}
