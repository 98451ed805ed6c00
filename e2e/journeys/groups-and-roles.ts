// Who sees what, and who may change what, shown with a second person beside the owner.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';
import { forbidden, settled, signIn } from '../support/pages.ts';
import { Api, type Group, type Key, type List, type User } from '../support/api.ts';

const navigation = (page: Page) => page.getByRole('navigation', { name: 'Main' });

test('an owner makes a group that grants a role, and its new member has it at once', async ({ house }) => {
  const person = await house.addSignedIn('Gina Granted');
  const theirs = await house.page({ as: person });
  await theirs.goto('/users');
  // Without a role there is nothing but one's own page.
  await forbidden(theirs);
  await expect(navigation(theirs).getByRole('link', { name: 'Users' })).toHaveCount(0);
  expect((await theirs.request.get('/api/v1/users')).status()).toBe(403);

  const owners = await house.page({ as: house.owner });
  await owners.goto('/groups');
  await settled(owners);
  await owners.getByRole('button', { name: 'New Group' }).click();
  const dialog = owners.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Front desk');
  await dialog.getByRole('combobox', { name: 'Role its members get' }).selectOption('Help desk');
  await dialog.getByRole('searchbox', { name: 'Search people to add' }).fill('Gina');
  await dialog.getByRole('checkbox', { name: /^Gina Granted/ }).check();
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(owners.getByRole('heading', { level: 1, name: 'Front desk' })).toBeVisible();
  await expect(owners.getByText('Gina Granted').first()).toBeVisible();

  await theirs.goto('/users');
  await settled(theirs);
  await expect(theirs.getByRole('heading', { level: 1, name: 'Users' })).toBeVisible();
});

test('the help desk looks after people and keys, and sees no settings', async ({ house }) => {
  const helper = await house.withRole('helpDesk');
  const other = await house.add('Petra Patient', { key: false });
  const page = await house.page({ as: helper });
  await page.goto('/users');
  await settled(page);
  await expect(navigation(page).getByRole('link', { name: 'Users' })).toBeVisible();
  await expect(navigation(page).getByRole('link', { name: 'Settings' })).toHaveCount(0);
  await page.goto('/settings');
  await forbidden(page);
  expect((await page.request.get('/api/v1/settings')).status()).toBe(403);

  await page.goto(`/users/${other.id}`);
  await settled(page);
  await page.getByRole('button', { name: 'Edit' }).first().click();
  await page.getByLabel('Job title').fill('Night watch');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Night watch')).toBeVisible();

  // Nobody changes a person who outranks them.
  await page.goto(`/users/${house.owner.id}`);
  await settled(page);
  await expect(page.getByRole('button', { name: 'Disable' })).toHaveCount(0);
  const attempt = await page.request.post(`/api/v1/users/${house.owner.id}/disable`, { headers: { Origin: house.keystead.url } });
  expect(attempt.status()).toBe(403);
});

test('an auditor reads everything and changes nothing', async ({ house }) => {
  const auditor = await house.withRole('auditor');
  const other = await house.add('Rudi Readonly');
  const page = await house.page({ as: auditor });
  for (const [path, name] of [['/users', 'Users'], ['/groups', 'User Groups'], ['/keys', 'Security Keys'], ['/activity', 'Activity'], ['/settings', 'Settings']] as const) {
    await page.goto(path);
    await settled(page);
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
    await expect(page.getByRole('main').getByRole('link', { name: /^(New|Add)\b/ })).toHaveCount(0);
    await expect(page.getByRole('main').getByRole('button', { name: /^(New|Add|Save|Delete)\b/ })).toHaveCount(0);
  }
  await page.goto(`/users/${other.id}`);
  await settled(page);
  await expect(page.getByRole('main').getByRole('button', { name: /Edit|Disable|Delete/ })).toHaveCount(0);

  const headers = { Origin: house.keystead.url };
  const attempts = [
    await page.request.post('/api/v1/users', { data: { email: 'x@meadow.example' }, headers }),
    await page.request.patch(`/api/v1/users/${other.id}`, { data: { title: 'x' }, headers }),
    await page.request.post('/api/v1/groups', { data: { name: 'x' }, headers }),
    await page.request.post(`/api/v1/keys/${other.keyId}/cancel`, { data: {}, headers }),
    await page.request.patch('/api/v1/settings', { data: { organisationName: 'x' }, headers }),
  ];
  expect(attempts.map((answer) => answer.status())).toEqual([403, 403, 403, 403, 403]);
  expect((await house.api.get<User>(`/users/${other.id}`)).status).toBe('pending');
});

test('an administrator hands out no roles', async ({ house }) => {
  const administrator = await house.withRole('administrator');
  const friend = await house.add('Fred Friend', { key: false });
  const { items } = await house.api.get<List<Group>>('/groups?limit=200');
  const owners = items.find((group) => group.role === 'owner') ?? (await house.api.post<Group>('/groups', { name: 'Role owner', role: 'owner' }));
  const page = await house.page({ as: administrator });
  const headers = { Origin: house.keystead.url };
  const attempts = [
    await page.request.put(`/api/v1/users/${friend.id}/groups/${owners.id}`, { headers }),
    await page.request.post(`/api/v1/groups/${owners.id}/members`, { data: { add: [friend.id] }, headers }),
    await page.request.post('/api/v1/groups', { data: { name: 'Coup', role: 'owner' }, headers }),
  ];
  expect(attempts.map((answer) => answer.status())).toEqual([403, 403, 403]);

  // Membership of a plain group is theirs to give.
  await page.goto('/groups');
  await settled(page);
  await page.getByRole('button', { name: 'New Group' }).click();
  const dialog = page.getByRole('dialog', { name: 'New group' });
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeVisible();
  await expect(dialog.getByRole('combobox', { name: 'Role its members get' })).toHaveCount(0);
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Friends of Ada');
  await dialog.getByRole('searchbox', { name: 'Search people to add' }).fill('Fred');
  await dialog.getByRole('checkbox', { name: /^Fred Friend/ }).check();
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Friends of Ada' })).toBeVisible();
  await expect(page.getByText('Fred Friend').first()).toBeVisible();
});

test('the last owner can be removed by nobody, not even by two owners at once', async ({ ownHouse }) => {
  const house = await ownHouse();
  const me = house.owner.id;
  const { items: groups } = await house.api.get<List<Group>>(`/users/${me}/groups`);
  const owners = groups.find((group) => group.role === 'owner')!;
  const { items: keys } = await house.api.get<List<Key>>(`/users/${me}/keys`);
  const attempts = [
    await house.api.raw('DELETE', `/users/${me}/groups/${owners.id}`),
    await house.api.raw('POST', `/groups/${owners.id}/members`, { remove: [me] }),
    await house.api.raw('PATCH', `/groups/${owners.id}`, { role: null }),
    await house.api.raw('PATCH', `/groups/${owners.id}`, { role: 'auditor' }),
    await house.api.raw('DELETE', `/groups/${owners.id}`),
    await house.api.raw('POST', `/keys/${keys[0]!.id}/suspend`, {}),
    await house.api.raw('POST', `/keys/${keys[0]!.id}/revoke`, { reason: 'lost' }),
  ];
  expect(attempts.map((answer) => answer.status())).toEqual(attempts.map(() => 409));
  // Nor do owners lock themselves out by mistake.
  expect((await house.api.raw('POST', `/users/${me}/disable`)).status()).toBe(403);
  expect((await house.api.raw('DELETE', `/users/${me}`)).status()).toBe(403);
  await signIn(await house.page({ as: house.owner, signedOut: true }));

  const otto = await house.withRole('owner');
  const ottos = await Api.as(otto.session, house.keystead.url);
  const duel = await Promise.all([
    house.api.raw('POST', `/users/${otto.id}/disable`),
    ottos.raw('POST', `/users/${me}/disable`),
  ]);
  const won = duel.map((answer) => answer.ok());
  expect(won.filter(Boolean)).toHaveLength(1);
  const survivor = won[0] ? house.api : ottos;
  expect((await survivor.get<{ role: string }>('/session')).role).toBe('owner');
  await ottos.close();
});
