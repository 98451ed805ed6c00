// What ends a session, while the person sits in front of the page.
import { expect, test } from '../support/test.ts';
import { alerts, moveKey, onSignInPage, settled, signIn, signInButton, signedIn } from '../support/pages.ts';

test('a suspended key ends the session that it opened, and opens no other until it is resumed', async ({ house }) => {
  const person = await house.addSignedIn('Susi Suspended');
  const theirs = await house.page({ as: person });
  await theirs.goto('/me');
  await settled(theirs);
  await expect(theirs.getByText(person.email).first()).toBeVisible();

  const owners = await house.page({ as: house.owner });
  await owners.goto(`/users/${person.id}?tab=keys`);
  await settled(owners);
  await moveKey(owners, person.displayName, 'Suspend', 'Suspend key');
  await expect(owners.getByText('Suspended', { exact: true }).first()).toBeVisible();

  // The person's next request, without a reload.
  await theirs.reload();
  await onSignInPage(theirs);
  await signInButton(theirs).click();
  await expect(theirs.getByRole('alert')).toContainText(/administrator|help desk/i);
  await onSignInPage(theirs);

  await moveKey(owners, person.displayName, 'Resume', 'Resume key');
  await expect(owners.getByText('Active', { exact: true }).first()).toBeVisible();
  await signInButton(theirs).click();
  await signedIn(theirs);
});

test('a passkey that the browser keeps is picked in the user name field, without the button', async ({ house }) => {
  const person = await house.addWithKey('Frida Field');
  const page = await house.page();
  await person.key.saveIn(page, { picked: false });
  await page.goto('/sign-in');
  // The words by which a browser knows where to offer its passkeys.
  await expect(page.getByRole('textbox', { name: 'User name' })).toHaveAttribute('autocomplete', 'username webauthn');
  await onSignInPage(page);

  await person.key.saveIn(page);
  await page.reload();
  await signedIn(page);
  await expect(page.getByText(person.email).first()).toBeVisible();
});

test('a disabled person is signed out and cannot sign in', async ({ house }) => {
  const person = await house.addSignedIn('Dieter Disabled');
  const page = await house.page({ as: person });
  await page.goto('/me');
  await settled(page);

  await house.api.post(`/users/${person.id}/disable`);
  expect((await page.request.get('/api/v1/me')).status()).toBe(401);
  await page.reload();
  await onSignInPage(page);
  await signInButton(page).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await onSignInPage(page);

  await house.api.post(`/users/${person.id}/enable`);
  await signInButton(page).click();
  await signedIn(page);
});

test('signing out ends the session at the server, not only in the browser', async ({ house }) => {
  const person = await house.addWithKey('Sina Signout');
  const page = await house.page({ as: person });
  await signIn(page);
  const cookies = await page.context().cookies();
  await page.getByRole('button', { name: `You: ${person.displayName}` }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await onSignInPage(page);

  await page.context().addCookies(cookies);
  expect((await page.request.get('/api/v1/me')).status()).toBe(401);
});

test('a key whose counter went back is refused, suspended and reported to the administrators', async ({ house }) => {
  const person = await house.addWithKey('Klara Cloned');
  const cloned = { ...person, key: person.key.clone() };
  await signIn(await house.page({ as: person }));
  const rightful = await house.page({ as: person });
  await signIn(rightful);

  const thief = await house.page({ as: cloned });
  await thief.goto('/sign-in');
  await signInButton(thief).click();
  await expect(thief.getByRole('alert')).toBeVisible();
  await onSignInPage(thief);
  // Nobody can tell which of the two is the copy, so the rightful one is out as well.
  expect((await rightful.request.get('/api/v1/me')).status()).toBe(401);

  const owners = await house.page({ as: house.owner });
  await owners.goto('/dashboard');
  await settled(owners);
  await expect(await alerts(owners)).toContainText(person.displayName);
});
