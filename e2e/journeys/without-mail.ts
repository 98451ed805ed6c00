// Without a mail server the panel hands the link to the administrator, as text and as a QR code.
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { expect, test } from '../support/test.ts';
import { registerKey } from '../support/pages.ts';
import { SecurityKey } from '../support/security-key.ts';
import { Wizard } from '../support/wizard.ts';

test('without a mail server the link is offered to copy and as a QR code', async ({ ownHouse }) => {
  const house = await ownHouse({ mail: false });
  const page = await house.page({ as: house.owner, permissions: ['clipboard-read', 'clipboard-write'] });
  const wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'nora@meadow.example', 'Display name': 'Nora Nomail' });
  await wizard.toConfirm();
  await expect(page.getByRole('main')).toContainText('because no mail server is configured');
  await wizard.add.click();
  await wizard.added('Nora Nomail');

  await page.getByRole('button', { name: 'Copy: Registration link' }).click();
  await expect(page.getByText('Copied').first()).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(new RegExp(`^${house.keystead.url}/register#[A-Za-z0-9_-]{43,}$`));

  const picture = PNG.sync.read(await page.getByRole('img', { name: /QR code/ }).screenshot());
  const code = jsQR(new Uint8ClampedArray(picture.data), picture.width, picture.height);
  expect(code?.data).toBe(link);

  const nora = await house.page();
  await new SecurityKey().plugInto(nora);
  await nora.goto(link);
  await registerKey(nora);
});
