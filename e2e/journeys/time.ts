// What the passing of time does. The server is stopped and started again with its clock ahead.
import { expect, test } from '../support/test.ts';
import { moveKey, onSignInPage, registerButton, registerKey, settled, signInButton } from '../support/pages.ts';
import type { User } from '../support/api.ts';

test('a link expires after three days, says so, and lives again when it is sent again', async ({ ownHouse }) => {
  const house = await ownHouse();
  const person = await house.add('Erik Expired');
  await house.keystead.stop();
  await house.keystead.run('+71h');
  const early = await house.page({ as: person });
  await early.goto(person.link);
  await expect(registerButton(early)).toBeVisible();

  await house.keystead.stop();
  await house.keystead.run('+73h');
  await early.goto('about:blank');
  await early.goto(person.link);
  await expect(early.getByRole('heading', { level: 1, name: 'This link has expired' })).toBeVisible();
  await expect(registerButton(early)).toHaveCount(0);

  // Three days on, the owner's session has ended as well.
  const owners = await house.page({ as: house.owner });
  await owners.goto(`/users/${person.id}?tab=keys`);
  await onSignInPage(owners);
  await signInButton(owners).click();
  await expect(owners).toHaveURL(new RegExp(`/users/${person.id}\\?tab=keys$`));
  await expect(owners.getByText('Link expired', { exact: true })).toBeVisible();
  await moveKey(owners, person.displayName, 'Send link again', 'Send link');
  await expect(owners.getByRole('dialog')).toContainText(`gets it by mail at ${person.email}`);
  await early.goto((await house.mailbox!.nextLink(person.email)).link);
  await registerKey(early);
});

test('a dangerous act asks for a fresh touch of the key, and then goes on', async ({ ownHouse }) => {
  const house = await ownHouse();
  const person = await house.add('Doomed Dan', { key: false });
  await house.keystead.stop();
  await house.keystead.run('+16m');
  const page = await house.page({ as: house.owner });
  // Reading asks for nothing.
  await page.goto(`/users/${person.id}`);
  await settled(page);
  expect((await house.api.raw('DELETE', `/users/${person.id}`)).status()).toBe(403);
  expect((await house.api.get<User>(`/users/${person.id}`)).displayName).toBe(person.displayName);

  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
  await dialog.getByRole('textbox').fill(person.displayName);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog', { name: 'Confirm with your security key' }).or(page.getByRole('alertdialog', { name: 'Confirm with your security key' }))
    .getByRole('button', { name: 'Use security key' }).click();
  await expect(page).toHaveURL(/\/users$/);
  expect((await house.api.raw('GET', `/users/${person.id}`)).status()).toBe(404);
});
