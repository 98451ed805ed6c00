// What every journey starts with: `house`, one running Keystead per worker with its owner set up
// through the real pages, and the rule that no page may log an error or leave its origin.
import { test as base, expect } from '@playwright/test';
import { House } from './house.ts';

interface Worker {
  house: House;
}

interface Fixtures {
  /** Starts a further house for this journey alone, stopped when it ends. */
  ownHouse: (options?: { mail?: boolean; empty?: boolean }) => Promise<House>;
  quiet: void;
}

export const test = base.extend<Fixtures, Worker>({
  house: [
    async ({ browser }, use) => {
      const house = await House.open(browser);
      await use(house);
      await house.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  ownHouse: async ({ browser }, use) => {
    const houses: House[] = [];
    await use(async ({ mail = true, empty = false } = {}) => {
      const house = empty ? await House.build(browser, { mail }) : await House.open(browser, { mail });
      houses.push(house);
      return house;
    });
    // Stopped whatever was found: no server outlives its journey.
    const findings = houses.flatMap((house) => house.takeFindings());
    for (const house of houses) await house.close();
    expect(findings, 'what pages did that no page may').toEqual([]);
  },
  quiet: [
    async ({ house, browser }, use) => {
      await house.freshOwner();
      await use();
      for (const context of browser.contexts()) await context.close();
      expect(house.takeFindings(), 'what pages did that no page may').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';
