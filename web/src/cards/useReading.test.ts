import { expect, test } from 'vitest';
import type { CardReading } from '../api';
import { lookAgain } from './useReading';

const reading = (state: CardReading['state']): CardReading => ({
  id: 'r',
  workstationId: 'w',
  state,
  number: null,
  takenBy: null,
  expiresAt: '2026-11-22T10:00:00Z',
});

test.each(['waiting', 'taken', 'unusable'] as const)('after %s another card can come, so it is looked again', (state) => {
  expect(lookAgain(reading(state))).toBeGreaterThan(0);
});

test.each(['seen', 'done'] as const)('%s is the end', (state) => {
  expect(lookAgain(reading(state))).toBe(false);
});
