// What WebAuthn says of a credential, in words.
import type { Credential } from '../api';

const transportNames: Record<string, string> = {
  usb: 'USB',
  nfc: 'NFC',
  ble: 'Bluetooth',
  internal: 'built in',
  hybrid: 'phone nearby',
  'smart-card': 'smart card',
};

/** "USB and NFC"; unknown words stay as the key said them. null when it said nothing. */
export function transportWords(transports: string[]): string | null {
  if (transports.length === 0) return null;
  return new Intl.ListFormat('en').format(transports.map((transport) => transportNames[transport] ?? transport));
}

/** Whether a copy may exist elsewhere, which decides what losing the device means. */
export function backupWords({ backupEligible, backedUp }: Pick<Credential, 'backupEligible' | 'backedUp'>): string {
  if (backedUp) return 'Copied to a cloud account or another device';
  return backupEligible ? 'May be copied, but is not yet' : 'Never leaves this key';
}
