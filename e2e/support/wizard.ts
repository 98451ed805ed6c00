// The New User wizard, in its own words.
import { expect, type Locator, type Page } from '@playwright/test';
import { settled } from './pages.ts';

export class Wizard {
  constructor(readonly page: Page) {}

  static async open(page: Page): Promise<Wizard> {
    await page.goto('/users/new');
    await settled(page);
    const wizard = new Wizard(page);
    await wizard.at('User info');
    return wizard;
  }

  field(name: string): Locator {
    return this.page.getByRole('textbox', { name, exact: true });
  }

  async type(values: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(values)) await this.field(name).fill(value);
  }

  /** The message that assistive technology reads with the field. */
  message(name: string): Locator {
    return this.page.locator('.fui-Field').filter({ has: this.field(name) }).locator('.fui-Field__validationMessage');
  }

  async at(step: string): Promise<void> {
    await expect(this.page.getByRole('navigation', { name: 'Steps' }).locator('[aria-current=step]')).toHaveText(
      new RegExp(`${step}$`),
    );
  }

  async next(step: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Next', exact: true }).click();
    await this.at(step);
  }

  async back(step: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Back', exact: true }).click();
    await this.at(step);
  }

  async toReview(): Promise<void> {
    await this.next('Groups');
    await this.next('Security key');
    await this.next('Review');
  }

  async toConfirm(): Promise<void> {
    await this.toReview();
    await this.next('Confirm');
  }

  get add(): Locator {
    return this.page.getByRole('button', { name: 'Add user', exact: true });
  }

  /** The last page: the person is there now. */
  async added(displayName: string): Promise<void> {
    await expect(this.page.getByRole('heading', { name: `${displayName} was added` })).toBeVisible();
  }
}
