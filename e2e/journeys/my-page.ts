// One's own page: own keys, own profile, own sign-ins, and what to do when a key is lost.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';
import { alerts, onSignInPage, registerKey, settled, signIn, signInButton } from '../support/pages.ts';
import { SecurityKey } from '../support/security-key.ts';
import type { Key, Registration } from '../support/api.ts';

async function ownKeyMenu(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

test('a person reports a lost key, which stops working at once, and the administrators see it', async ({ house }) => {
  const person = await house.addWithKey('Lara Loser');
  await house.api.patch(`/keys/${person.keyId}`, { name: 'Key ring' });
  const atWork = await house.page({ as: person });
  await signIn(atWork);

  // A second key, registered and used at home.
  const spare = await house.api.post<{ key: Key; registration: Registration }>(`/users/${person.id}/keys`, {
    kind: 'hardwareKey',
    name: 'Drawer at home',
  });
  const atHome = await house.page({ as: { ...person, key: new SecurityKey() } });
  await atHome.goto((await house.mailbox!.nextLink(person.email)).link);
  await registerKey(atHome);
  await signIn(atHome);
  await settled(atHome);
  await ownKeyMenu(atHome, 'Key ring', 'Report lost');
  await atHome.getByRole('dialog').getByRole('button', { name: 'Report lost' }).click();
  await expect(atHome.getByText('Suspended', { exact: true }).first()).toBeVisible();

  // The lost key's session is over, and it opens no other; the spare key's goes on.
  await atWork.reload();
  await onSignInPage(atWork);
  await signInButton(atWork).click();
  await expect(atWork.getByRole('alert')).toBeVisible();
  await atHome.reload();
  await settled(atHome);
  await expect(atHome).toHaveURL(/\/me$/);

  const key = await house.api.get<Key>(`/keys/${person.keyId}`);
  expect([key.state, key.reason]).toEqual(['suspended', 'lost']);
  expect((await house.api.get<Key>(`/keys/${spare.key.id}`)).state).toBe('active');
  const owners = await house.page({ as: house.owner });
  await owners.goto('/dashboard');
  await settled(owners);
  await expect(await alerts(owners)).toContainText(person.displayName);
});

test('reporting the key of this very session lost ends the session', async ({ house }) => {
  const person = await house.addSignedIn('Selma Selflost');
  await house.api.patch(`/keys/${person.keyId}`, { name: 'Key ring' });
  const page = await house.page({ as: person });
  await page.goto('/me');
  await settled(page);
  await ownKeyMenu(page, 'Key ring', 'Report lost');
  await page.getByRole('dialog').getByRole('button', { name: 'Report lost' }).click();
  await onSignInPage(page);
});

test('a person renames a key, corrects the own name, and finds the own sign-ins', async ({ house }) => {
  const person = await house.addSignedIn('Otis Ownpage');
  const { name } = await house.api.get<Key>(`/keys/${person.keyId}`);
  const page = await house.page({ as: person });
  await page.goto('/me');
  await settled(page);
  await ownKeyMenu(page, name, 'Rename');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Blue stick on my key ring');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Blue stick on my key ring', { exact: true }).first()).toBeVisible();
  expect((await house.api.get<Key>(`/keys/${person.keyId}`)).name).toBe('Blue stick on my key ring');

  await page.getByRole('main').getByRole('button', { name: 'Edit' }).click();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Otis the Second');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: 'You: Otis the Second' })).toBeVisible();

  const signIns = page.getByRole('table', { name: 'Sign-ins' });
  await expect(signIns.getByText('Signed in').first()).toBeVisible();
  await expect(signIns.getByText('Chrome', { exact: false }).first()).toBeVisible();
});
