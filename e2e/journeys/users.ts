// People in the panel: found, changed, disabled and deleted, also by two administrators at once.
import { expect, test } from '../support/test.ts';
import { settled } from '../support/pages.ts';
import type { User } from '../support/api.ts';

test('search, filter and sorting stand in the address, and survive a reload', async ({ house }) => {
  for (const name of ['Zoe Zebra', 'Yara Zebra', 'Xaver Zebra']) await house.add(name, { key: name === 'Zoe Zebra' });
  const page = await house.page({ as: house.owner });
  await page.goto('/users');
  await settled(page);
  await page.getByRole('searchbox', { name: 'Search by name, e-mail or user name' }).fill('zebra');
  await expect(page).toHaveURL(/q=zebra/);
  const names = page.getByRole('table', { name: 'Users' }).getByRole('rowheader');
  await expect(names).toHaveText([/Xaver Zebra/, /Yara Zebra/, /Zoe Zebra/]);

  await page.getByRole('columnheader', { name: 'Full name' }).getByRole('button').click();
  await expect(names).toHaveText([/Zoe Zebra/, /Yara Zebra/, /Xaver Zebra/]);
  await page.getByRole('search').getByRole('button', { name: 'Status' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Pending' }).click();
  await page.keyboard.press('Escape');
  await expect(names).toHaveText([/Zoe Zebra/]);
  await expect(page).toHaveURL(/status=pending/);

  await page.reload();
  await settled(page);
  await expect(names).toHaveText([/Zoe Zebra/]);
  await expect(page.getByRole('searchbox', { name: 'Search by name, e-mail or user name' })).toHaveValue('zebra');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(page).not.toHaveURL(/zebra|pending/);
});

test('a long list is paged forth and back', async ({ house }) => {
  for (let number = 0; number < 55; number += 1) await house.add(`Paging ${String(number).padStart(2, '0')}`, { key: false });
  const page = await house.page({ as: house.owner });
  await page.goto('/users?q=paging');
  await settled(page);
  const table = page.getByRole('table', { name: 'Users' });
  await expect(table.getByRole('rowheader').first()).toContainText('Paging 00');
  await expect(table.getByRole('rowheader')).toHaveCount(50);
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await expect(table.getByRole('rowheader')).toHaveCount(5);
  await expect(table.getByRole('rowheader').last()).toContainText('Paging 54');
  await page.getByRole('button', { name: 'Previous', exact: true }).click();
  await expect(table.getByRole('rowheader').first()).toContainText('Paging 00');
});

test('two administrators who change one person do not overwrite each other', async ({ house }) => {
  const person = await house.add('Wanda Wanted', { key: false });
  const ada = await house.page({ as: await house.withRole('administrator') });
  const olga = await house.page({ as: house.owner });
  for (const page of [ada, olga]) {
    await page.goto(`/users/${person.id}`);
    await settled(page);
    await page.getByRole('main').getByRole('button', { name: 'Edit' }).click();
  }
  await ada.getByRole('textbox', { name: 'Job title' }).fill('Welder');
  await ada.getByRole('button', { name: 'Save' }).click();
  await expect(ada.getByText('Welder').first()).toBeVisible();

  await olga.getByRole('textbox', { name: 'Job title' }).fill('Painter');
  await olga.getByRole('button', { name: 'Save' }).click();
  await expect(olga.getByText('Somebody else changed this person')).toBeVisible();
  expect((await house.api.get<User & { title: string }>(`/users/${person.id}`)).title).toBe('Welder');

  await olga.getByRole('button', { name: 'Load their version' }).click();
  await expect(olga.getByRole('textbox', { name: 'Job title' })).toHaveValue('Welder');
  await olga.getByRole('textbox', { name: 'Job title' }).fill('Painter');
  await olga.getByRole('button', { name: 'Save' }).click();
  await expect(olga.getByText('Painter').first()).toBeVisible();
  expect((await house.api.get<User & { title: string }>(`/users/${person.id}`)).title).toBe('Painter');
});

test('a person is disabled, enabled, and deleted with the name typed', async ({ house }) => {
  const person = await house.add('Dana Doomed');
  const page = await house.page({ as: house.owner });
  await page.goto(`/users/${person.id}`);
  await settled(page);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await dialog.getByRole('button', { name: 'Disable', exact: true }).click();
  await expect(page.getByRole('main').getByText('Disabled', { exact: true }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Enable', exact: true }).click();
  await dialog.getByRole('button', { name: 'Enable', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Disable', exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByRole('textbox').fill('Dana');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(dialog).toContainText('This is not the same.');
  expect((await house.api.raw('GET', `/users/${person.id}`)).status()).toBe(200);
  await dialog.getByRole('textbox').fill('Dana Doomed');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page).toHaveURL(/\/users$/);
  expect((await house.api.raw('GET', `/users/${person.id}`)).status()).toBe(404);
});

test('what people type is shown as text, never run', async ({ house }) => {
  const evil = '<img src=x onerror="document.title=1">';
  const { user } = await house.api.post<{ user: User }>('/users', {
    email: 'eve@meadow.example',
    displayName: evil,
    title: evil,
    department: '{{constructor.constructor("alert(1)")()}}',
  });
  await house.api.post('/groups', { name: evil, description: evil, memberIds: [user.id] });
  const page = await house.page({ as: house.owner });
  for (const path of [`/users/${user.id}`, '/users?q=eve', '/groups', '/activity', '/dashboard']) {
    await page.goto(path);
    await settled(page);
    await expect(page.getByText(evil).first()).toBeVisible();
    await expect(page.locator('img[src="x"]')).toHaveCount(0);
  }
});
