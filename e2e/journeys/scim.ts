// A directory that calls by SCIM: switched on, let in, watched; conflicts decided, tokens replaced, the
// whole of it paused. The directory sends what Entra ID sends.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';
import { settled } from '../support/pages.ts';
import { colleague, Directory } from '../support/scim.ts';
import type { House } from '../support/house.ts';
import type { Group, User } from '../support/api.ts';

async function open(page: Page, tab: string): Promise<void> {
  await page.goto(`/integrations/scim?tab=${tab}`);
  await settled(page);
}

function field(page: Page, label: string): Locator {
  return page.getByRole('dialog').getByRole('textbox', { name: label });
}

/** While a dialog is open, the page behind it is hidden from roles, so that "it is gone" would prove nothing. */
async function closed(page: Page): Promise<void> {
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/** Switches SCIM on as an administrator does, and gives the directory what is shown. */
async function switchOn(page: Page): Promise<Directory> {
  await open(page, 'setup');
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Switch on' }).click();
  const directory = new Directory(
    await field(page, 'Tenant URL').inputValue(),
    await field(page, 'Secret Token').inputValue(),
  );
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await closed(page);
  return directory;
}

function row(page: Page, table: string, text: string | RegExp): Locator {
  return page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: text });
}

test('SCIM is switched on, and people and groups arrive and leave by themselves', async ({ ownHouse }) => {
  const house = await ownHouse();
  const page = await house.page({ as: house.owner, permissions: ['clipboard-read', 'clipboard-write'] });
  await page.goto('/users');
  await settled(page);
  await page.getByRole('link', { name: 'Import Users' }).first().click();
  await page.getByRole('link', { name: /^SCIM/ }).click();
  await expect(page.getByText('Off', { exact: true })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Mapping of users' })).toContainText('emails[type eq "work"].value');

  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('');
  await page.getByRole('dialog').getByRole('button', { name: 'Switch on' }).click();
  await expect(page.getByText('Write which directory it is for')).toBeVisible();
  await page.getByRole('textbox', { name: 'Name' }).fill('Entra ID');
  await page.getByRole('dialog').getByRole('button', { name: 'Switch on' }).click();
  await expect(page.getByText('It is never shown again')).toBeVisible();
  const tenantUrl = await field(page, 'Tenant URL').inputValue();
  expect(tenantUrl).toBe(`${house.keystead.url}/api/scim/v2/`);
  await page.getByRole('button', { name: 'Copy: Secret Token' }).click();
  await expect(page.getByRole('button', { name: 'Copy: Secret Token' })).toHaveText('Copied');
  const token = await page.evaluate(() => navigator.clipboard.readText());
  expect(token).toBe(await field(page, 'Secret Token').inputValue());
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await expect(page.getByText('Waits for the first request')).toBeVisible();
  // The dialog keeps its words until it has faded out.
  await closed(page);
  expect(await page.content(), 'the secret is nowhere on the page any more').not.toContain(token);

  const directory = new Directory(tenantUrl, token);
  await directory.testConnection();
  // The page finds out by itself.
  await expect(page.getByText('Works', { exact: true })).toBeVisible({ timeout: 30_000 });

  const people = [colleague('Ada', 'Lovelace'), colleague('Grace', 'Hopper'), colleague('Mary', 'Somerville')];
  const added = [];
  for (const person of people) added.push(await directory.add(person));
  await directory.addGroup('Mathematicians', added);
  await directory.rename(added[0]!, 'Countess of Lovelace');
  await directory.disable(added[2]!);

  await open(page, 'connection');
  await page.getByRole('link', { name: '3 people' }).click();
  await expect(page).toHaveURL(/\/users\?origin=scim$/);
  const countess = row(page, 'Users', 'Countess of Lovelace');
  await expect(countess).toContainText('ada.lovelace@contoso.com');
  await expect(countess).toContainText('An id of the directory');
  await expect(countess.getByText('SCIM', { exact: true })).toBeVisible();
  await expect(row(page, 'Users', 'Mary Somerville')).toContainText('Disabled');
  await countess.getByRole('link', { name: 'Countess of Lovelace' }).click();
  await expect(page.getByText('the profile is changed there')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Edit' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Disable' })).toBeVisible();

  await open(page, 'connection');
  await page.getByRole('link', { name: '1 group' }).click();
  await page.getByRole('link', { name: 'Mathematicians' }).click();
  await expect(page.getByText('managed in your directory')).toBeVisible();
  await settled(page);
  await expect(page.getByRole('table', { name: 'Members' }).getByRole('row')).toHaveCount(4);
  await expect(page.getByRole('button', { name: 'Add people' })).toHaveCount(0);
  // The role is the one thing that is set here.
  await page.getByRole('button', { name: 'Set role' }).click();
  await page.getByRole('dialog').getByRole('combobox', { name: 'Role its members get' }).selectOption('auditor');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await closed(page);
  await expect(page.getByRole('main').getByText('Auditor').first()).toBeVisible();

  await open(page, 'log');
  await page.getByRole('searchbox', { name: /^Search by/ }).fill('Countess');
  await expect(row(page, 'Requests', 'Change a person')).toHaveCount(1);
  await page.goto('/activity');
  await settled(page);
  await expect(page.getByText('SCIM client Entra ID').first()).toBeVisible();
});

test('people who were here before are linked by hand, those with a role one by one', async ({ ownHouse }) => {
  const house = await ownHouse();
  const page = await house.page({ as: house.owner });
  const directory = await switchOn(page);
  const here = await house.addWithKey('Charles Babbage');
  await house.add('Emmy Noether', { email: 'emmy.noether@contoso.com', key: false });
  await house.add('Sofia Plain', { email: 'sofia.kovalevskaya@contoso.com', key: false });
  const role = await house.api.post<Group>('/groups', { name: 'Desk', role: 'helpDesk' });
  await house.add('Rosa Role', { email: 'rosa.role@contoso.com', key: false, groupIds: [role.id] });
  const charles = { ...colleague('Charles', 'B.'), userPrincipalName: here.email };
  const others = [colleague('Emmy', 'Noether'), colleague('Sofia', 'Kovalevskaya'), colleague('Rosa', 'Role')];
  for (const person of [charles, ...others]) {
    const refusal = await directory.tryToAdd(person);
    expect(refusal.status).toBe(409);
    expect(await refusal.json()).toMatchObject({ scimType: 'uniqueness', status: '409' });
  }

  await page.goto('/integrations');
  await settled(page);
  await page.getByRole('link', { name: '4 to decide' }).click();
  await settled(page);
  const link = page.getByRole('button', { name: 'Link Charles Babbage' });
  await link.click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('heading')).toHaveText('Link Charles Babbage with Charles B. of the directory?');
  await expect(dialog.getByRole('row', { name: /^User name/ })).toContainText(charles.objectId);
  await dialog.getByRole('button', { name: 'Link', exact: true }).click();
  await closed(page);
  await expect(link).toHaveCount(0);
  const [found] = await directory.find(charles);
  expect(found?.id).toBe(here.id);
  const kept = await house.api.get<User & { origin: string; keys: unknown[] }>(`/users/${here.id}`);
  expect(kept).toMatchObject({ origin: 'scim', displayName: 'Charles B.' });
  expect(kept.keys, 'the key is kept').toHaveLength(1);

  await page.getByRole('button', { name: 'Actions for Sofia Plain' }).click();
  await page.getByRole('menuitem', { name: 'Forget' }).click();
  await dialog.getByRole('button', { name: 'Forget' }).click();
  await closed(page);
  await expect(row(page, 'Conflicts', 'Sofia Plain')).toHaveCount(0);

  await page.getByRole('button', { name: 'Link all' }).click();
  await dialog.getByRole('button', { name: 'Link all' }).click();
  await closed(page);
  await expect(page.getByText('1 person was linked', { exact: true })).toBeVisible();
  expect(await directory.find(others[0]!)).toHaveLength(1);
  await expect(row(page, 'Conflicts', 'Emmy Noether')).toHaveCount(0);
  await expect(row(page, 'Conflicts', 'Rosa Role')).toContainText('Holds a role');
  expect(await directory.find(others[2]!)).toEqual([]);

  await page.getByRole('button', { name: 'Link Rosa Role' }).click();
  await expect(dialog).toContainText('holds a role in this panel');
  await dialog.getByRole('button', { name: 'Link', exact: true }).click();
  await expect(page.getByText('No conflict')).toBeVisible();

  // What was refused is in the log, with what was sent.
  await open(page, 'log');
  await page.getByRole('button', { name: 'Outcome' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Refused' }).click();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/outcome=failed/);
  await page.getByRole('button', { name: /^Details: Add a person/ }).first().click();
  await expect(dialog).toContainText('uniqueness');
  await expect(dialog).toContainText('link them under Conflicts');
  await expect(dialog.getByRole('region', { name: 'What was sent' })).toContainText(others[2]!.objectId);
  await page.reload();
  await expect(dialog.getByRole('region', { name: 'What was sent' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await closed(page);
});

test('a token is replaced without a pause, and SCIM is paused and goes on', async ({ ownHouse }) => {
  const house = await ownHouse();
  const page = await house.page({ as: house.owner });
  const old = await switchOn(page);
  await old.testConnection();

  await open(page, 'tokens');
  await page.getByRole('button', { name: 'Actions for Microsoft Entra ID' }).click();
  await page.getByRole('menuitem', { name: 'Replace by a new one' }).click();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Microsoft Entra ID 2');
  await page.getByRole('textbox', { name: 'Allowed networks' }).fill('127.0.0.1 somewhere');
  await page.getByRole('button', { name: 'Make the next one' }).click();
  await expect(page.getByText('“somewhere” is neither an address nor a network')).toBeVisible();
  await page.getByRole('textbox', { name: 'Allowed networks' }).fill('127.0.0.1');
  await page.getByRole('button', { name: 'Make the next one' }).click();
  const next = new Directory(old.tenantUrl, await field(page, 'Secret Token').inputValue());
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await old.testConnection();
  await next.testConnection();

  const button = page.getByRole('button', { name: 'Actions for Microsoft Entra ID', exact: true });
  await button.click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke token' }).click();
  await closed(page);
  await expect(button).toHaveCount(0);
  expect((await old.call('GET', 'Users')).status).toBe(401);
  await next.testConnection();

  await open(page, 'connection');
  await page.getByRole('switch', { name: 'Pause SCIM' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await closed(page);
  await expect(page.getByText('SCIM is paused', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('switch', { name: 'Pause SCIM' })).toBeChecked();
  const paused = await next.call('GET', 'Users');
  expect(paused.status).toBe(503);
  expect(Number(paused.headers.get('Retry-After'))).toBeGreaterThan(0);

  await open(page, 'log');
  await expect(row(page, 'Requests', '503 refused')).toHaveCount(1);
  await expect(row(page, 'Requests', '401 refused')).toHaveCount(1);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('button', { name: 'Resume' })).toHaveCount(0);
  await next.testConnection();

  await open(page, 'connection');
  await page.getByRole('switch', { name: 'Link people by their e-mail address' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Link from now on' }).click();
  await closed(page);
  await expect(page.getByRole('switch', { name: 'Link people by their e-mail address' })).toBeChecked();
  await linkedByAddress(house, next);
  await page.goto('/activity');
  await settled(page);
  await expect(page.getByText(/changed the settings of SCIM: linking by e-mail address/)).toBeVisible();
});

async function linkedByAddress(house: House, directory: Directory): Promise<void> {
  const here = await house.add('Anna Adopted', { email: 'anna.adopted@contoso.com', key: false });
  const added = await directory.add(colleague('Anna', 'Adopted'));
  expect(added.id).toBe(here.id);
}

test('a client of OAuth is made, and buys its way in', async ({ ownHouse }) => {
  const house = await ownHouse();
  const page = await house.page({ as: house.owner });
  await open(page, 'setup');
  await page.getByRole('button', { name: /^OAuth 2.0 client credentials/ }).click();
  await page.getByRole('button', { name: 'New client' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Switch on' }).click();
  const answer = await fetch(await field(page, 'Token Endpoint').inputValue(), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: await field(page, 'Client Identifier').inputValue(),
      client_secret: await field(page, 'Client Secret').inputValue(),
    }),
  });
  expect(answer.status).toBe(200);
  const { access_token: bought } = (await answer.json()) as { access_token: string };
  await new Directory(await field(page, 'Tenant URL').inputValue(), bought).testConnection();
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await open(page, 'tokens');
  await expect(row(page, 'Tokens', 'OAuth 2.0 client')).toContainText('Works');
});
