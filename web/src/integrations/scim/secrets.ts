// What is typed when a secret for a directory is made. Pure.

export const lifetimes: readonly [days: number, name: string][] = [
  [30, '30 days'],
  [90, '90 days'],
  [180, '180 days'],
  [365, '1 year'],
  [730, '2 years'],
  [1095, '3 years'],
];

/** A name for the secret that follows: "Entra ID" is followed by "Entra ID 2". */
export function nextName(name: string, taken: readonly string[]): string {
  const [, stem = name, number] = /^(.*\S)\s+(\d{1,4})$/.exec(name) ?? [];
  for (let count = Number(number ?? 1) + 1; ; count += 1) {
    const ending = ` ${count}`;
    const next = stem.slice(0, 100 - ending.length) + ending;
    if (!taken.includes(next)) return next;
  }
}

const address4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

function isNetwork(entry: string): boolean {
  const [address = '', bits, ...more] = entry.split('/');
  if (more.length > 0) return false;
  const four = address4.exec(address);
  const six = !four && /^[0-9a-f:.]+$/i.test(address) && address.split(':').length >= 3;
  if (!four && !six) return false;
  if (four?.slice(1).some((part) => Number(part) > 255)) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (four ? 32 : 128));
}

/** Networks as typed, one per line or separated by commas: what was understood, and the first that was not. */
export function parseNetworks(text: string): { networks: string[]; wrong: string | undefined } {
  const entries = text.split(/[\s,;]+/).filter((entry) => entry !== '');
  return { networks: [...new Set(entries)], wrong: entries.find((entry) => !isNetwork(entry)) };
}
