// How many keys somebody has, in words that fit into a sentence.

export function keyWords(keys: readonly { name: string }[]): string {
  if (keys.length === 0) return 'no key';
  if (keys.length === 1) return `their key “${keys[0]?.name ?? ''}”`;
  return `their ${keys.length} keys`;
}
