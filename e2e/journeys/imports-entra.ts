// People from Entra ID: the connection, the wizard, the report, the schedule, and the stop that waits
// for somebody's word. Microsoft is simulated.
import type { Page } from '@playwright/test';
import { expect, test as base } from '../support/test.ts';
import { examine } from '../support/looks.ts';
import { settled } from '../support/pages.ts';
import { count, ImportWizard, reported } from '../support/imports.ts';
import { EntraSimulator } from '../support/entra.ts';
import type { House } from '../support/house.ts';
import type { Group, List, User } from '../support/api.ts';

const test = base.extend<{ microsoft: EntraSimulator }>({
  microsoft: async ({}, use) => {
    const microsoft = await EntraSimulator.start();
    await use(microsoft);
    await microsoft.stop();
  },
});

/** Connects as an administrator does: the form, the certificate to the portal, the consent. */
async function connect(page: Page, house: House, microsoft: EntraSimulator): Promise<void> {
  house.allow(microsoft.url);
  const { clientId } = await microsoft.application();
  await page.goto('/integrations');
  await settled(page);
  await page.getByRole('link', { name: 'Microsoft Entra ID: connect' }).click();
  await page.getByRole('textbox', { name: 'Directory (tenant) ID' }).fill('contoso.onmicrosoft.com');
  await page.getByRole('textbox', { name: 'Application (client) ID' }).fill(clientId);
  await page.getByRole('combobox', { name: 'Cloud' }).selectOption('custom');
  await page.getByRole('textbox', { name: 'Address for signing in' }).fill(microsoft.url);
  await page.getByRole('textbox', { name: 'Address of Microsoft Graph' }).fill(microsoft.url);
  await page.getByRole('button', { name: 'Save connection' }).click();
  const certificate = await page.getByRole('textbox', { name: 'Certificate (PEM)' }).inputValue();
  expect(certificate).toContain('BEGIN CERTIFICATE');
  await microsoft.change({ certificates: [certificate] });
  await page.getByRole('button', { name: 'Authorize', exact: true }).click();
  await expect(page).toHaveURL(/\/integrations\/entra$/);
  await expect(page.getByText('Works', { exact: true })).toBeVisible();
  await expect(page.getByText('Contoso').first()).toBeVisible();
}

async function toReview(wizard: ImportWizard): Promise<void> {
  await wizard.next('Groups');
  await wizard.next('Options');
  await wizard.next('Review');
  await wizard.planned();
}

test('a tenant is connected and imported, with its groups, and again on a schedule', async ({ ownHouse, microsoft }) => {
  const house = await ownHouse();
  await microsoft.generate({ users: 40, groups: 3, members: 10 });
  const page = await house.page({ as: house.owner });
  await connect(page, house, microsoft);

  let wizard = await ImportWizard.entra(page);
  await wizard.next('Groups');
  await expect(page.getByRole('radio', { name: /^All Entra ID groups/ })).toBeChecked();
  await wizard.next('Options');
  await expect(page.getByRole('checkbox', { name: /^Sync with existing users/ })).toBeChecked();
  await page.getByRole('checkbox', { name: /^Take the groups over/ }).check();
  await wizard.next('Review');
  await wizard.planned();
  await expect(page.getByText(/are in no group/)).toBeVisible();
  await page.getByRole('button', { name: 'Take them too' }).click();
  await expect(page.getByText(/are in no group/)).toHaveCount(0);
  await wizard.planned();
  await expect(count(page, 'Add')).toContainText('40');
  const taken = page.getByRole('table', { name: 'Groups of Entra ID' });
  await expect(page.getByText('3 groups will be made and 30 memberships will begin.')).toBeVisible();
  await expect(taken.getByRole('rowheader')).toHaveText([/Group 0/, /Group 1/, /Group 2/]);
  await taken.getByRole('button', { name: '10: show who come to Group 1' }).click();
  await expect(taken.getByRole('row', { name: /Group 1/ }).getByRole('listitem')).toHaveCount(10);
  await wizard.next('Confirm');
  await expect(page.getByText(/3 groups will be made and 30 memberships will begin/)).toBeVisible();
  await wizard.confirm();
  await reported(page, '40 added, 3 groups changed and 30 memberships changed');

  const people = await house.api.get<{ count: number }>('/users/count?origin=entra');
  expect(people.count).toBe(40);
  const groups = (await house.api.get<List<Group & { memberCount: number }>>('/groups?type=entra')).items;
  expect(groups).toHaveLength(3);
  expect(groups.map((group) => group.memberCount)).toEqual([10, 10, 10]);

  await page.getByRole('link', { name: 'Run it on a schedule' }).click();
  await page.getByRole('button', { name: 'Save schedule' }).click();
  await expect(page.getByText('Write a name')).toBeVisible();
  await page.getByRole('textbox', { name: 'Name' }).fill('Every night');
  await page.getByRole('button', { name: 'Save schedule' }).click();
  const row = page.getByRole('table', { name: 'Schedules' }).getByRole('row', { name: /Every night/ });
  await expect(row).toContainText('Every day at 02:30');
  await expect(row).toContainText('All Entra ID groups, and people in no group');

  await microsoft.putUser('a0000000-0000-4000-8000-00000000ffff', {
    displayName: 'Nadia Newcomer',
    mail: 'nadia@contoso.com',
    userPrincipalName: 'nadia@contoso.com',
    accountEnabled: true,
    userType: 'Member',
  });
  await row.getByRole('button', { name: 'Actions for Every night' }).click();
  await page.getByRole('menuitem', { name: 'Run now' }).click();
  await reported(page, '1 added');
  expect((await house.api.get<List<User>>('/users?q=nadia')).items).toHaveLength(1);

  // Once more by hand: everybody is here.
  wizard = await ImportWizard.entra(page);
  await wizard.next('Groups');
  await page.getByRole('radio', { name: /^All users in the tenant/ }).check();
  await wizard.next('Options');
  await wizard.next('Review');
  await wizard.planned();
  await expect(count(page, 'No change')).toContainText('41');
});

test('when many would be disabled, the import stops until it is approved', async ({ ownHouse, microsoft }) => {
  const house = await ownHouse();
  await microsoft.generate({ users: 30, groups: 1, members: 30 });
  const page = await house.page({ as: house.owner });
  await connect(page, house, microsoft);
  let wizard = await ImportWizard.entra(page);
  await toReview(wizard);
  await wizard.next('Confirm');
  await wizard.confirm();
  await reported(page, '30 added');

  const left = Object.keys((await microsoft.directory()).users).slice(0, 12);
  for (const id of left) await microsoft.deleteUser(id);
  wizard = await ImportWizard.entra(page);
  await toReview(wizard);
  await expect(page.getByText('This import needs your approval')).toBeVisible();
  await expect(count(page, 'Disable')).toContainText('12');
  await wizard.next('Confirm');
  await expect(page.getByText('12 people will be disabled.')).toBeVisible();
  await page.getByRole('button', { name: 'Import 12 people' }).click();
  await expect(page.getByRole('alert')).toContainText('Tick the box if this is meant');
  expect((await house.api.get<{ count: number }>('/users/count?status=disabled')).count).toBe(0);

  // It waits: also when the page is left, and for somebody who comes by the list.
  await page.goto('/imports?state=ready');
  await settled(page);
  await page.getByRole('table', { name: 'Imports' }).getByRole('row', { name: /Needs approval/ }).getByRole('link').first().click();
  await page.getByRole('checkbox', { name: 'I have looked at it, and it is meant' }).check();
  await page.getByRole('button', { name: 'Import 12 people' }).click();
  await reported(page, '12 disabled');
  expect((await house.api.get<{ count: number }>('/users/count?status=disabled')).count).toBe(12);
});

test('a group that grants a role stands out in the plan', async ({ ownHouse, microsoft }) => {
  const house = await ownHouse();
  await microsoft.generate({ users: 4, groups: 1, members: 2 });
  const page = await house.page({ as: house.owner });
  await connect(page, house, microsoft);
  const over = async () => {
    const wizard = await ImportWizard.entra(page);
    await wizard.next('Groups');
    await page.getByRole('radio', { name: /^All users in the tenant/ }).check();
    await wizard.next('Options');
    await page.getByRole('checkbox', { name: /^Take the groups over/ }).check();
    await wizard.next('Review');
    await wizard.planned();
    return wizard;
  };
  let wizard = await over();
  await wizard.next('Confirm');
  await wizard.confirm();
  await reported(page, /4 added/);
  const [group] = (await house.api.get<List<Group>>('/groups?type=entra')).items;
  await house.api.patch(`/groups/${group!.id}`, { role: 'helpDesk' });

  const ids = Object.keys((await microsoft.directory()).users);
  await microsoft.putGroup('b0000000-0000-4000-8000-000000000000', 'Group 0', [ids[1]!, ids[2]!]);
  wizard = await over();
  await expect(page.getByText('One of the groups grants a role')).toBeVisible();
  const row = page.getByRole('table', { name: 'Groups of Entra ID' }).getByRole('row', { name: /Group 0/ });
  await expect(row).toContainText('Help desk');
  await expect(row.getByRole('button', { name: /^1: show who come/ })).toBeVisible();
  await expect(row.getByRole('button', { name: /^1: show who go/ })).toBeVisible();
  await wizard.next('Confirm');
  await wizard.confirm();
  await reported(page, '2 memberships changed');
});

test('the wizard is in order on a phone, down to the report', async ({ ownHouse, microsoft }) => {
  test.setTimeout(300_000);
  const house = await ownHouse();
  await microsoft.generate({ users: 30, groups: 2, members: 12 });
  await connect(await house.page({ as: house.owner }), house, microsoft);
  const look = { viewport: { width: 390, height: 844 }, colorScheme: 'light', reducedMotion: 'reduce' } as const;
  const page = await house.page({ as: house.owner, ...look });
  const wizard = await ImportWizard.entra(page);
  await examine(page, 'Connection');
  await wizard.next('Groups');
  await page.getByRole('radio', { name: /^Chosen groups/ }).check();
  await page.getByRole('checkbox', { name: /^Group 1/ }).check();
  await examine(page, 'Groups');
  await page.getByRole('radio', { name: /^All Entra ID groups/ }).check();
  await wizard.next('Options');
  await page.getByRole('checkbox', { name: /^Take the groups over/ }).check();
  await page.getByRole('switch', { name: 'Assign a security key to everybody who has none' }).click();
  await page.getByRole('radio', { name: 'At a time I choose' }).check();
  await examine(page, 'Options');
  await wizard.next('Review');
  await wizard.planned();
  await page.getByRole('button', { name: '12: show who come to Group 0' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'person3@contoso.com' }).first()).toBeVisible();
  await examine(page, 'Review');
  await wizard.next('Confirm');
  await examine(page, 'Confirm');
  await wizard.confirm();
  await reported(page, /24 added/);
  await examine(page, 'the report');
});

test('what Microsoft refuses is said in words that help', async ({ ownHouse, microsoft }) => {
  const house = await ownHouse();
  await microsoft.generate({ users: 3, groups: 1, members: 3 });
  const page = await house.page({ as: house.owner });
  await connect(page, house, microsoft);
  // The certificate was taken away in the portal.
  await microsoft.change({ certificates: [] });
  await page.getByRole('button', { name: 'Check now' }).click();
  await expect(page.getByText('Does not work', { exact: true })).toBeVisible();
  await expect(page.getByText('Entra ID can’t be read')).toBeVisible();
  await page.goto('/imports/new/entra');
  await expect(page.getByText('Entra ID can’t be read now')).toBeVisible();
  await page.getByRole('link', { name: 'Go to the connection' }).click();

  await page.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.getByText('Not connected', { exact: true })).toBeVisible();

  await page.goto('/integrations/entra/callback?state=made-up&code=stolen');
  await expect(page.getByRole('alert')).toContainText('Authorize');
});
