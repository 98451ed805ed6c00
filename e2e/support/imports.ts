// The import wizards and the page of an import, in their own words.
import { expect, type Locator, type Page } from '@playwright/test';
import type { List } from './api.ts';
import type { House } from './house.ts';
import { settled } from './pages.ts';

export interface Import {
  id: string;
  state: string;
  outcome: Record<'created' | 'updated' | 'unchanged' | 'deactivated' | 'skipped' | 'failed', number> | null;
}

/** The newest import of the house, as the API tells it. */
export async function newestImport(house: House): Promise<Import> {
  const { items } = await house.api.get<List<Import>>('/imports?limit=1');
  expect(items, 'there is an import').toHaveLength(1);
  return items[0]!;
}

export async function importState(house: House, id: string): Promise<string> {
  return (await house.api.get<Import>(`/imports/${id}`)).state;
}

export class ImportWizard {
  constructor(readonly page: Page) {}

  static async csv(page: Page): Promise<ImportWizard> {
    await page.goto('/users');
    await settled(page);
    await page.getByRole('link', { name: 'Import Users' }).first().click();
    await page.getByRole('link', { name: /^CSV file/ }).click();
    const wizard = new ImportWizard(page);
    await wizard.at('File');
    return wizard;
  }

  static async entra(page: Page): Promise<ImportWizard> {
    await page.goto('/users/import');
    await page.getByRole('link', { name: /^Entra ID/ }).click();
    const wizard = new ImportWizard(page);
    await wizard.at('Connection');
    return wizard;
  }

  async at(step: string): Promise<void> {
    await expect(this.page.getByRole('navigation', { name: 'Steps' }).locator('[aria-current=step]')).toHaveText(
      new RegExp(`${step}$`),
    );
  }

  async next(step: string): Promise<void> {
    await this.page.getByRole('button', { name: step === 'Confirm' ? 'Go on to confirm' : 'Next', exact: true }).click();
    await this.at(step);
  }

  async file(name: string, content: string | Buffer): Promise<void> {
    await this.page
      .getByLabel('CSV file')
      .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.isBuffer(content) ? content : Buffer.from(content) });
  }

  /** Sends a file that can be read, and waits until it is shown. */
  async goodFile(name: string, content: string): Promise<void> {
    await this.file(name, content);
    await expect(this.page.getByText(name, { exact: true })).toBeVisible();
    await expect(this.page.getByRole('region', { name: 'The first rows' })).toBeVisible();
  }

  /** The plan is made and shown. */
  async planned(): Promise<void> {
    await expect(this.page.getByRole('list', { name: 'The plan in numbers' })).toBeVisible({ timeout: 60_000 });
    await settled(this.page);
  }

  async confirm(): Promise<void> {
    await this.page.getByRole('button', { name: /^Import( [\d,]+ (person|people))?$/ }).click();
    await expect(this.page).toHaveURL(/\/imports\/[0-9a-f-]{36}$/);
  }
}

/** The number on one of the cards of a plan or a report. */
export function count(page: Page, words: string): Locator {
  return page
    .getByRole('list', { name: /^The (plan|report) in numbers$/ })
    .getByRole('listitem')
    .filter({ hasText: new RegExp(`^${words}`) });
}

export async function reported(page: Page, headline: string | RegExp): Promise<void> {
  await expect(page.getByRole('heading', { level: 2, name: headline })).toBeVisible({ timeout: 90_000 });
  await settled(page);
}

/** A file of so many people, each with an address of their own. */
export function manyPeople(howMany: number, domain: string): string {
  const lines = ['email,givenName,familyName,department'];
  for (let number = 0; number < howMany; number += 1) {
    lines.push(`person${number}@${domain},Person,Number ${number},Department ${number % 20}`);
  }
  return lines.join('\r\n');
}
