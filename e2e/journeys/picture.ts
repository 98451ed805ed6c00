// The README's picture, drawn only when asked: UPDATE_PICTURE=1 npx playwright test picture
import { resolve } from 'node:path';
import { expect, test } from '../support/test.ts';
import { settled } from '../support/pages.ts';

test('the Users page is drawn for the README', async ({ ownHouse }) => {
  test.skip(process.env.UPDATE_PICTURE !== '1', 'only when UPDATE_PICTURE=1');
  const house = await ownHouse({ mail: false });
  await house.keystead.command('seed', '--demo');
  const page = await house.page({
    as: house.owner,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  await page.goto('/users');
  await settled(page);
  await expect(page.getByRole('row').nth(10)).toBeVisible();
  await page.screenshot({ path: resolve(import.meta.dirname, '../../docs/picture.png') });
});
