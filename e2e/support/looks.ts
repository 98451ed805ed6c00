// Looks at a page in the light and in the dark: no accessibility violation, nothing wider than the window.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { settled } from './pages.ts';

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];
/** The rules that look at colours. The themes differ in nothing else, so in the dark these are enough. */
const colours = ['color-contrast', 'link-in-text-block'];

async function violations(page: Page, axe: AxeBuilder, name: string): Promise<void> {
  // Without frames there is nothing to gather from them, for which axe would open a window of its own each time.
  const { violations: found } = await axe.setLegacyMode(true).analyze();
  const list = found.map((violation) => ({
    rule: violation.id,
    why: violation.help,
    where: violation.nodes.slice(0, 3).map((node) => `${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
  }));
  expect.soft(list, `axe on ${name}`).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(overflow, `pixels by which ${name} is wider than the window`).toBeLessThanOrEqual(0);
}

/** Looks at the page in the light and in the dark, as when the system changes its mind. */
export async function examine(page: Page, name: string): Promise<void> {
  await settled(page);
  await violations(page, new AxeBuilder({ page }).withTags(standards), `${name} in the light`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  // Buttons fade from one colour to the other.
  await page.evaluate(() => {
    const fading = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    return Promise.all(fading.map((transition) => transition.finished.catch(() => undefined)));
  });
  await violations(page, new AxeBuilder({ page }).withRules(colours), `${name} in the dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
}

/** A page that is no part of the panel and follows the system by itself. */
export async function plain(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await violations(page, new AxeBuilder({ page }).withTags(standards), `${name} in the ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
