// One's own page: own keys, own profile, own sign-ins, and what to do when a key is lost.
import { expect, test } from '../support/test.ts';
import { alerts, onSignInPage, registerKey, settled, signIn, signInButton } from '../support/pages.ts';
import type { Key, Registration } from '../support/api.ts';

test('a person reports a lost key, which stops working at once, and the administrators see it', async ({ house }) => {
  const person = await house.addWithKey('Lara Loser');
  const second = await house.api.post<{ key: Key; registration: Registration }>(`/users/${person.id}/keys`, {
    kind: 'hardwareKey',
    name: 'Drawer at home',
  });
  const lost = { ...person, key: person.key.clone() };
  const spare = { ...person, key: person.key };
  const page = await house.page({ as: lost });
  await signIn(page);
  await page.goto('/me');
  await settled(page);

  // The second key is registered in another browser, with a stick of its own.
  const { SecurityKey } = await import('../support/security-key.ts');
  spare.key = new SecurityKey();
  const home = await house.page({ as: spare });
  await home.goto((await house.mailbox!.next(person.email)).link);
  await registerKey(home);
  await signIn(home);
  await home.goto('/me');
  await settled(home);

  const lostCard = home.getByRole('listitem').filter({ hasText: 'Report lost' }).filter({ hasNotText: 'Drawer at home' });
  await lostCard.getByRole('button', { name: 'Report lost' }).click();
  await home.getByRole('dialog').or(home.getByRole('alertdialog')).getByRole('button', { name: /Report/ }).click();
  await expect(home.getByText('Suspended', { exact: true })).toBeVisible();

  // The lost key's session is over; the spare key's is not.
  await page.reload();
  await onSignInPage(page);
  await signInButton(page).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await home.reload();
  await settled(home);
  await expect(home).toHaveURL(/\/me$/);

  const key = await house.api.get<Key>(`/keys/${person.keyId}`);
  expect([key.state, key.reason]).toEqual(['suspended', 'lost']);
  expect((await house.api.get<Key>(`/keys/${second.key.id}`)).state).toBe('active');
  const owners = await house.page({ as: house.owner });
  await owners.goto('/dashboard');
  await settled(owners);
  await expect(await alerts(owners)).toContainText(person.displayName);
});

test('a person renames a key, corrects the own name, and finds the own sign-ins', async ({ house }) => {
  const person = await house.addSignedIn('Otis Ownpage');
  const page = await house.page({ as: person });
  await page.goto('/me');
  await settled(page);
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Blue stick on my key ring');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Blue stick on my key ring').first()).toBeVisible();
  expect((await house.api.get<Key>(`/keys/${person.keyId}`)).name).toBe('Blue stick on my key ring');
});
