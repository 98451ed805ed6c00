import { expect, test } from 'vitest';
import { qrPath } from './QrCode';

test('a QR code has its three finder patterns and nothing outside its square', () => {
  const { size, path } = qrPath('https://keys.example/register#abcdefghijklmnopqrstuvwxyz0123456789');
  const dark = new Set([...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map((module) => `${module[1]},${module[2]}`));
  expect(size % 4).toBe(1);
  for (const [left, top] of [
    [0, 0],
    [size - 7, 0],
    [0, size - 7],
  ] as const) {
    for (let step = 0; step < 7; step++) {
      expect(dark.has(`${left + step},${top}`)).toBe(true);
      expect(dark.has(`${left},${top + step}`)).toBe(true);
    }
    expect(dark.has(`${left + 1},${top + 1}`)).toBe(false);
  }
  for (const module of dark) expect(module.split(',').map(Number).every((place) => place < size)).toBe(true);
});
