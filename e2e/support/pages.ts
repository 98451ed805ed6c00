// The words of the pages that many journeys pass through, so that each stands here once.
import { expect, type Locator, type Page } from '@playwright/test';

export async function completeSetup(
  page: Page,
  names: { organisation: string; email: string; displayName: string },
): Promise<void> {
  await page.getByRole('textbox', { name: 'Organisation' }).fill(names.organisation);
  await page.getByRole('textbox', { name: 'Your name' }).fill(names.displayName);
  await page.getByRole('textbox', { name: 'Your e-mail' }).fill(names.email);
  await setupButton(page).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible();
}

export function setupButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Make passkey and start' });
}

/** The registration page, from the click to the good news. */
export async function registerKey(page: Page): Promise<void> {
  await registerButton(page).click();
  await expect(registered(page)).toBeVisible();
}

export function registerButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Register security key' });
}

export function registered(page: Page): Locator {
  return page.getByRole('heading', { level: 1, name: 'Your key is registered' });
}

export function signInButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Sign in with your security key' });
}

/** Signs in with the key that is plugged in, and waits until the panel is there. */
export async function signIn(page: Page): Promise<void> {
  await page.goto('/sign-in');
  await signInButton(page).click();
  await signedIn(page);
}

export async function signedIn(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/(dashboard|me)$/);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

export async function onSignInPage(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(signInButton(page)).toBeVisible();
}

/** Waits until what the page shows is what it will show: its heading, and no skeleton left. */
export async function settled(page: Page): Promise<void> {
  // Not by its role: what opens above a page hides the page from assistive technology.
  await expect(page.locator('h1').first()).toBeVisible();
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
}

/** Chooses what to do with a key from its menu, and confirms it. */
export async function moveKey(page: Page, person: string, item: string, confirm: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^Actions for .* of ${person}$`) }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
  const button = page.getByRole('dialog').getByRole('button', { name: confirm, exact: true });
  await button.click();
  await expect(button).toHaveCount(0);
}

/** The list behind the bell. */
export async function alerts(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^Alerts:/ }).click();
  return page.getByRole('group', { name: 'Alerts' }).or(page.getByRole('dialog', { name: 'Alerts' }));
}

/** The panel's word that a page is not for this person's role. */
export async function forbidden(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: 'This page is not part of your role' })).toBeVisible();
}
