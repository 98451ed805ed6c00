// The registration link: what opens it, what uses it up, and what the page says when it is no good.
import { expect, test } from '../support/test.ts';
import type { Page } from '@playwright/test';
import { SecurityKey } from '../support/security-key.ts';
import { registered, registerButton, registerKey } from '../support/pages.ts';
import type { Key, List, Registration } from '../support/api.ts';

/** Opens the link and expects the page that explains a refusal, with nothing to click that would fail. */
async function refused(page: Page, link: string, title: string): Promise<void> {
  await page.goto(link);
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  // It says what to do next, not only what is wrong.
  await expect(page.getByRole('main')).toContainText(/ask|sign in/i);
  await expect(registerButton(page)).toHaveCount(0);
}

test('a link that mail scanners have opened twenty times still registers a key', async ({ house }) => {
  const person = await house.add('Mina Mailscanned');
  const [address, secret] = person.link.split('#') as [string, string];
  for (let i = 0; i < 20; i += 1) {
    // Scanners that do not keep fragments, and those that do in their own way.
    expect((await fetch(address)).status).toBe(200);
    expect((await fetch(address, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${address}?${secret}`)).status).toBe(200);
  }
  // Scanners that run the page, too.
  for (let i = 0; i < 3; i += 1) {
    const scanner = await house.page();
    await scanner.goto(person.link);
    await expect(registerButton(scanner)).toBeVisible();
    await scanner.context().close();
  }
  expect((await house.api.get<Key>(`/keys/${person.keyId}`)).state).toBe('pending');

  const page = await house.page({ as: person });
  await page.goto(person.link);
  await registerKey(page);
  expect((await house.api.get<Key>(`/keys/${person.keyId}`)).state).toBe('active');
});

test('the secret of a link never reaches the server in an address, nor stays in the address bar', async ({ house }) => {
  const person = await house.add('Fiona Fragment');
  const secret = person.link.slice(person.link.indexOf('#') + 1);
  const page = await house.page({ as: person });
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url(), request.headers()['referer'] ?? ''));
  await page.goto(person.link);
  await registerKey(page);
  expect(addresses.filter((address) => !address.startsWith(person.link) && address.includes(secret))).toEqual([]);
  expect(page.url()).not.toContain(secret);
});

test('a link works once', async ({ house }) => {
  const person = await house.addWithKey('Una Once');
  await refused(await house.page({ as: { ...person, key: new SecurityKey() } }), person.link, 'This link was used already');
  expect((await house.api.get<List<unknown>>(`/users/${person.id}/credentials`)).items).toHaveLength(1);
});

test('a link that was sent again replaces the one before', async ({ house }) => {
  const person = await house.add('Rita Resent');
  const again = await house.api.post<Registration>(`/keys/${person.keyId}/resend`, { note: 'Here it is once more.' });
  expect(again.mailed).toBe(true);
  const mail = await house.mailbox!.nextLink(person.email);
  expect(mail.link).not.toBe(person.link);
  expect(mail.text).toContain('Here it is once more.');

  await refused(await house.page({ as: person }), person.link, 'This link was cancelled');
  const page = await house.page({ as: person });
  await page.goto(mail.link);
  await registerKey(page);
});

test('the link of a cancelled key is refused', async ({ house }) => {
  const person = await house.add('Carl Cancelled');
  await house.api.post(`/keys/${person.keyId}/cancel`, {});
  await refused(await house.page({ as: person }), person.link, 'This link was cancelled');
});

test('the link of a disabled person is refused', async ({ house }) => {
  const person = await house.add('Dora Disabled');
  await house.api.post(`/users/${person.id}/disable`);
  await refused(await house.page({ as: person }), person.link, 'Your account is disabled');
});

test('a link that nobody made is refused', async ({ house }) => {
  await refused(await house.page(), '/register#bm90LWEtbGluay1hdC1hbGwtbm90LWEtbGluay1hdC1hbGw', 'This link is not known');
  const page = await house.page();
  await refused(page, '/register', 'This link is not known');
});

test('a link opened in two browsers at once registers one key', async ({ house }) => {
  const person = await house.add('Toni Twobrowsers');
  const keys = [new SecurityKey(), new SecurityKey()];
  const pages = await Promise.all(
    keys.map(async (key) => {
      const page = await house.page({ as: { ...person, key } });
      await page.goto(person.link);
      await expect(registerButton(page)).toBeVisible();
      return page;
    }),
  );
  await Promise.all(pages.map((page) => registerButton(page).click()));
  await Promise.all(pages.map((page) => expect(registered(page).or(page.getByRole('heading', { name: 'This link was used already' }))).toBeVisible()));
  const winners = (await Promise.all(pages.map((page) => registered(page).isVisible()))).filter(Boolean);
  expect(winners).toHaveLength(1);
  expect((await house.api.get<List<unknown>>(`/users/${person.id}/credentials`)).items).toHaveLength(1);
});
