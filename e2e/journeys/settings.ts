// The settings of the organisation, and API keys for programs.
import { expect, test } from '../support/test.ts';
import { settled } from '../support/pages.ts';

test('the licences of what the panel brings along are in it, the font\'s among them', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  await page.goto('/settings?tab=about');
  await settled(page);
  await page.getByRole('link', { name: 'Licences of what the panel is built from' }).click();
  await expect(page.locator('body')).toContainText('SIL OPEN FONT LICENSE');
  await expect(page.locator('body')).toContainText('Copyright (c) Meta Platforms');
});

test('an API key is shown once, does what its role allows, and stops when revoked', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  await page.goto('/settings?tab=api-keys');
  await settled(page);
  await page.getByRole('button', { name: 'New API key' }).first().click();
  const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Nightly report');
  await dialog.getByRole('combobox', { name: 'Role' }).selectOption('Auditor');
  await dialog.getByRole('button', { name: 'Make API key' }).click();
  const secret = await dialog.getByRole('textbox', { name: 'API key' }).inputValue();
  expect(secret).toMatch(/^ksk_/);
  await dialog.getByRole('button', { name: 'I have copied it' }).click();
  await expect(page.getByText('Nightly report').first()).toBeVisible();
  await expect(page.locator('body')).not.toContainText(secret);

  const ask = (method: string, path: string, body?: object) =>
    fetch(`${house.keystead.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${secret}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  expect((await ask('GET', '/users')).status).toBe(200);
  expect((await ask('POST', '/users', { email: 'robot@meadow.example' })).status).toBe(403);
  expect((await ask('POST', '/api-keys', { name: 'x', role: 'owner', expiresInDays: 1 })).status).toBe(403);

  await page.getByRole('button', { name: 'Revoke Nightly report' }).click();
  await dialog.getByRole('button', { name: 'Revoke API key' }).click();
  await expect(page.getByRole('button', { name: 'Revoke Nightly report' })).toHaveCount(0);
  expect((await ask('GET', '/users')).status).toBe(401);
  expect(house.keystead.output).not.toContain(secret);
});

test('the organisation is renamed, and a number that is not allowed is said at its field', async ({ ownHouse }) => {
  const house = await ownHouse();
  const page = await house.page({ as: house.owner });
  await page.goto('/settings');
  await settled(page);
  await page.getByRole('spinbutton', { name: 'Registration links work for' }).fill('337');
  await expect(page.getByRole('spinbutton', { name: 'Registration links work for' })).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('spinbutton', { name: 'Registration links work for' }).fill('24');
  await page.getByRole('textbox', { name: 'Organisation' }).fill('Meadow Holding');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('banner')).toContainText('Meadow Holding');

  const person = await house.add('Lina Letter');
  const mail = house.mailbox!.to(person.email)[0]!;
  expect(mail.text).toContain('Meadow Holding');
  expect(mail.text).toMatch(/24 hours|1 day|one day/);

  await page.goto('/settings?tab=mail');
  await settled(page);
  await page.getByRole('button', { name: /test mail/i }).click();
  expect((await house.mailbox!.next(house.owner.email, /arrives/)).from).toContain('keystead@example.org');
});
