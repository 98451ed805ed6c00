// The first person at a new Keystead.
import { expect, test } from '../support/test.ts';
import { completeSetup, settled, setupButton, signIn } from '../support/pages.ts';
import { SecurityKey } from '../support/security-key.ts';

test('the first start prints a link, and whoever opens it becomes the owner', async ({ ownHouse }) => {
  const house = await ownHouse({ mail: false, empty: true });
  const link = await house.keystead.setupLink();

  // Before that, every page leads to the word that Keystead waits for its owner.
  const stranger = await house.page();
  await stranger.goto('/users');
  await settled(stranger);
  await expect(stranger.getByRole('main')).toContainText('keystead setup-link');

  const key = new SecurityKey();
  const page = await house.page();
  await key.plugInto(page);
  await page.goto(link);
  await completeSetup(page, { organisation: 'Harbour Ltd', email: 'olaf@harbour.example', displayName: 'Olaf Owner' });
  await house.movedIn(page, key);
  await expect(page.getByText('Harbour Ltd').first()).toBeVisible();
  expect(page.url()).not.toContain('#');

  // The link died with its use.
  await stranger.goto('about:blank');
  await stranger.goto(link);
  await expect(stranger.getByRole('heading', { level: 1, name: 'This setup link was used already' })).toBeVisible();
  await expect(setupButton(stranger)).toHaveCount(0);

  // The owner's passkey signs in elsewhere, without a user name or a password.
  const elsewhere = await house.page({ as: house.owner, signedOut: true });
  await signIn(elsewhere);
  await expect(elsewhere).toHaveURL(/\/dashboard$/);
  await expect(elsewhere.locator('input[type=password]')).toHaveCount(0);
});

test('a set-up without an e-mail address or an organisation says what is missing', async ({ ownHouse }) => {
  const house = await ownHouse({ mail: false, empty: true });
  const page = await house.page();
  const key = new SecurityKey();
  await key.plugInto(page);
  await page.goto(await house.keystead.setupLink());
  await setupButton(page).click();
  for (const message of ['Write the name of your organisation.', 'Write your name.', 'Write your e-mail address']) {
    await expect(page.getByText(message)).toBeVisible();
  }
  await expect(page.getByRole('textbox', { name: 'Organisation' })).toBeFocused();
  expect(key.credentials).toEqual([]);
  // What was wrong does not use the link up.
  await completeSetup(page, { organisation: 'Harbour Ltd', email: 'olaf@harbour.example', displayName: 'Olaf Owner' });
});
