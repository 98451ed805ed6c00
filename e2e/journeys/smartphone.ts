// A phone becomes a key: from the mail opened on the phone or on a computer, or beside the administrator.
// The pages of both devices are open side by side.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';
import { signedIn } from '../support/pages.ts';
import { aPhone, activateButton, phoneRegistered, scan, shortCode, showCodeButton } from '../support/phone.ts';
import { SecurityKey } from '../support/security-key.ts';
import { Wizard } from '../support/wizard.ts';
import type { House } from '../support/house.ts';
import type { List, User } from '../support/api.ts';

/** A phone of this house, with its own authenticator built in. */
async function phoneOf(house: House, key: SecurityKey, options: { synced?: boolean } = {}): Promise<Page> {
  const page = await house.page(aPhone);
  await key.builtInto(page, options);
  return page;
}

const worked = (page: Page) => page.getByRole('heading', { level: 1, name: 'It works' });

async function credentials(house: House, person: { id: string }): Promise<{ transports: string[]; backupEligible: boolean }[]> {
  return (await house.api.get<List<{ transports: string[]; backupEligible: boolean }>>(`/users/${person.id}/credentials`)).items;
}

test('a link that is opened on the phone goes straight on, and the phone signs in', async ({ house }) => {
  const person = await house.add('Fiona Phone', { kind: 'smartphone' });
  expect((await house.api.get<User>(`/users/${person.id}`)).status).toBe('pending');
  const mail = house.mailbox!.to(person.email)[0]!;
  expect(mail.subject).toContain('Activate your phone');
  const phone = await phoneOf(house, person.key);
  await phone.goto(person.link);
  await expect(phone.getByRole('heading', { level: 1, name: 'Make this phone your key' })).toBeVisible();
  await expect(phone.getByRole('main')).toContainText('Fiona Phone');
  await expect(phone.getByRole('main')).toContainText('Meadow & Sons');
  await activateButton(phone).tap();
  await expect(phoneRegistered(phone)).toBeVisible();
  expect(await credentials(house, person)).toMatchObject([{ transports: ['internal'], backupEligible: true }]);
  await phone.getByRole('button', { name: 'Try it: sign in' }).tap();
  await expect(worked(phone)).toBeVisible();
  await phone.getByRole('link', { name: 'Open Keystead' }).tap();
  await expect(phone).toHaveURL(/\/me$/);
  await expect(phone.getByRole('main')).toContainText('Smartphone');
  expect((await house.api.get<User>(`/users/${person.id}`)).status).toBe('active');
});

test('a link that is opened on a computer comes over to the phone, and the computer signs in with it', async ({ house }) => {
  const person = await house.add('Pauline Pc', { kind: 'smartphone' });
  const computer = await house.page();
  await computer.goto(person.link);
  await expect(computer.getByRole('main')).toContainText('Pauline Pc');
  await showCodeButton(computer).click();
  await expect(computer.getByRole('status')).toContainText('Waiting for the phone');
  const address = await scan(computer);
  expect(address).toMatch(new RegExp(`^${house.keystead.url}/phone#[A-Za-z0-9_-]{43}$`));
  const secret = address.split('#')[1]!;

  const phone = await phoneOf(house, person.key);
  const asked: string[] = [];
  phone.on('request', (request) => asked.push(request.url()));
  await phone.goto(address);
  await expect(activateButton(phone)).toBeVisible();
  expect(phone.url()).not.toContain(secret);
  expect(asked.some((url) => !url.startsWith(address) && url.includes(secret))).toBe(false);
  await expect(computer.getByRole('status')).toContainText('Opened on Chrome on Android');
  // A reload goes on where it was.
  await phone.reload();
  await activateButton(phone).tap();
  await expect(phoneRegistered(phone)).toBeVisible();
  await expect(phoneRegistered(computer)).toBeVisible();

  await person.key.bringNear(computer);
  await computer.getByRole('button', { name: 'Try it: sign in here with your phone' }).click();
  await expect(worked(computer)).toBeVisible();
  await expect(computer.getByRole('main')).toContainText('you are signed in on this computer');

  // From then on at any computer.
  const other = await house.page();
  await person.key.bringNear(other);
  await other.addInitScript(() => {
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = (options) => {
      const asking = options as { publicKey?: { hints?: string[] }; mediation?: string };
      if (!asking.mediation) (window as unknown as { hints?: string[] }).hints = asking.publicKey?.hints ?? [];
      return get(options);
    };
  });
  await other.goto('/sign-in');
  await other.getByRole('button', { name: 'Use your phone' }).click();
  await signedIn(other);
  expect(await other.evaluate(() => (window as unknown as { hints?: string[] }).hints)).toEqual(['hybrid']);
});

test('a typed code opens once, and a wrong one says what to do', async ({ house }) => {
  const person = await house.add('Toby Typed', { kind: 'smartphone' });
  const computer = await house.page();
  await computer.goto(person.link);
  await showCodeButton(computer).click();
  const code = await shortCode(computer);
  const phone = await phoneOf(house, person.key);
  await phone.goto('/phone');
  const field = phone.getByRole('textbox', { name: 'Code' });
  const goOn = phone.getByRole('button', { name: 'Go on' });
  await goOn.tap();
  await expect(phone.getByRole('alert')).toContainText('Type the code');
  await field.fill('ABCD');
  await goOn.tap();
  await expect(phone.getByRole('alert')).toContainText('eight characters');
  await field.fill('AAAA-AAAA');
  await goOn.tap();
  await expect(phone.getByRole('alert')).toContainText('letter by letter');
  await field.fill(code.toLowerCase().replace('-', ' '));
  await goOn.tap();
  await expect(activateButton(phone)).toBeVisible();

  const second = await phoneOf(house, new SecurityKey());
  await second.goto('/phone');
  await second.getByRole('textbox', { name: 'Code' }).fill(code);
  await second.getByRole('button', { name: 'Go on' }).tap();
  await expect(second.getByRole('alert')).toContainText('This code was used already');

  // The computer takes the activation back: the first phone is told, the second one gets it.
  await expect(computer.getByRole('status')).toContainText('Opened on');
  await computer.getByRole('button', { name: 'Show a new code' }).click();
  await activateButton(phone).tap();
  await expect(phone.getByRole('heading', { level: 1, name: 'A newer code was shown' })).toBeVisible();
  await second.goto(await scan(computer));
  await activateButton(second).tap();
  await expect(phoneRegistered(second)).toBeVisible();
  await expect(phoneRegistered(computer)).toBeVisible();
  expect(await credentials(house, person)).toHaveLength(1);
});

test('one link on two phones makes one of them a key and tells the other', async ({ house }) => {
  const person = await house.add('Tina Twophones', { kind: 'smartphone' });
  const phones = await Promise.all([new SecurityKey(), new SecurityKey()].map((key) => phoneOf(house, key)));
  for (const phone of phones) {
    await phone.goto(person.link);
    await expect(activateButton(phone)).toBeVisible();
  }
  await Promise.all(phones.map((phone) => activateButton(phone).tap()));
  const late = (phone: Page) => phone.getByRole('heading', { level: 1, name: 'This link was used already' });
  await Promise.all(phones.map((phone) => expect(phoneRegistered(phone).or(late(phone))).toBeVisible()));
  expect((await Promise.all(phones.map((phone) => late(phone).isVisible()))).filter(Boolean)).toHaveLength(1);
  expect(await credentials(house, person)).toHaveLength(1);
});

test('the administrator activates the phone of a person who stands there', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  const wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'stella@meadow.example', 'Display name': 'Stella Stands' });
  await wizard.next('Groups');
  await wizard.next('Security key');
  await page.getByRole('radio', { name: /^Smartphone/ }).check();
  await page.getByRole('radio', { name: /^Now/ }).check();
  await wizard.next('Review');
  await wizard.next('Confirm');
  await expect(page.getByRole('main')).toContainText('No mail is sent');
  await wizard.add.click();
  await wizard.added('Stella Stands');
  const key = new SecurityKey();
  const phone = await phoneOf(house, key);
  await phone.goto(await scan(page));
  await expect(page.getByRole('status')).toContainText('Opened on');
  await activateButton(phone).tap();
  await expect(phoneRegistered(phone)).toBeVisible();
  await expect(page.getByRole('status')).toContainText('The phone of Stella Stands is registered');
  await phone.getByRole('button', { name: 'Try it: sign in' }).tap();
  await expect(worked(phone)).toBeVisible();
  await expect(page.getByRole('status')).toContainText('it works');
  expect(house.mailbox!.to('stella@meadow.example').filter((mail) => mail.link !== '')).toEqual([]);
});

test('the code of a phone that waits is shown from its key, and follows a cancelled key', async ({ house }) => {
  const person = await house.add('Wanda Waits', { kind: 'smartphone' });
  const page = await house.page({ as: house.owner });
  await page.goto(`/users/${person.id}?tab=keys`);
  await page.getByRole('button', { name: /^Actions for .* of Wanda Waits$/ }).click();
  await page.getByRole('menuitem', { name: 'Show the code for their phone' }).click();
  await expect(page.getByRole('dialog')).toContainText('Code for the phone of Wanda Waits');
  const address = await scan(page);
  await house.api.post(`/keys/${person.keyId}/cancel`, {});
  await expect(page.getByRole('status')).toContainText('The activation was cancelled');
  const phone = await phoneOf(house, new SecurityKey());
  await phone.goto(address);
  await expect(phone.getByRole('heading', { level: 1, name: 'This link was cancelled' })).toBeVisible();
});

test('a phone that can’t is told why in its own terms, and nothing is used up', async ({ house }) => {
  const person = await house.add('Ines Inapp', { kind: 'smartphone' });
  const computer = await house.page();
  await computer.goto(person.link);
  await showCodeButton(computer).click();
  const address = await scan(computer);

  // Inside an app: the way to the real browser, with the whole address to take along.
  const inApp = await house.page({ ...aPhone, userAgent: `${aPhone.userAgent} Instagram 350.0.0` });
  await inApp.goto(address);
  await expect(inApp.getByRole('heading', { level: 1, name: 'Open this page in Chrome' })).toBeVisible();
  await expect(inApp.getByRole('textbox', { name: 'This page’s address' })).toHaveValue(address);
  expect(inApp.url()).toBe(address);

  // Without a screen lock: what to do, and on it goes once it is done.
  const bare = await house.page(aPhone);
  await bare.goto(address);
  await expect(bare.getByRole('heading', { level: 1, name: 'Your phone needs a screen lock first' })).toBeVisible();
  await expect(computer.getByRole('status')).toContainText('Waiting for the phone');
  await person.key.builtInto(bare);
  await bare.getByRole('button', { name: 'Try again' }).tap();
  await activateButton(bare).tap();
  await expect(phoneRegistered(bare)).toBeVisible();

  // A browser without passkeys.
  const old = await house.page(aPhone);
  await old.addInitScript(() => delete (window as { PublicKeyCredential?: unknown }).PublicKeyCredential);
  const another = await house.add('Otto Old', { kind: 'smartphone' });
  await old.goto(another.link);
  await expect(old.getByRole('heading', { level: 1, name: 'This browser is too old for passkeys' })).toBeVisible();
});

test('where passkeys must stay on the phone, one that is copied is refused with the way out', async ({ ownHouse }) => {
  const house = await ownHouse();
  const page = await house.page({ as: house.owner });
  await page.goto('/settings?tab=keys');
  await page.getByRole('radio', { name: 'Only such as never leave the phone' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Settings saved').first()).toBeVisible();
  const person = await house.add('Sina Synced', { kind: 'smartphone' });
  const synced = await phoneOf(house, new SecurityKey());
  await synced.goto(person.link);
  await activateButton(synced).tap();
  await expect(synced.getByRole('alert')).toContainText('would copy the passkey to your other devices');
  await expect(synced.getByRole('alert')).toContainText('Ask your administrator');
  const bound = await phoneOf(house, person.key, { synced: false });
  await bound.goto(person.link);
  await activateButton(bound).tap();
  await expect(phoneRegistered(bound)).toBeVisible();
});

test('the panel can be installed on a phone, and keeps nothing of anybody', async ({ house }) => {
  const phone = await phoneOf(house, house.owner.key);
  await phone.goto('/sign-in');
  const manifest = (await (await phone.request.get('/manifest.webmanifest')).json()) as { icons: { src: string }[]; display: string };
  expect(manifest.display).toBe('standalone');
  for (const icon of manifest.icons) {
    expect((await phone.request.get(icon.src)).headers()['content-type']).toBe('image/png');
  }
  await phone.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  // The phone offers its passkey in the field, and its person takes it.
  await signedIn(phone);
  await phone.goto('/users');
  await expect(phone.getByRole('heading', { level: 1, name: 'Users' })).toBeVisible();
  const kept = await phone.evaluate(async () => {
    const all: string[] = [];
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) all.push(new URL(request.url).pathname);
    }
    return all.sort();
  });
  expect(kept).toEqual(['/icon-192.png', '/offline.css', '/offline.html']);
  await phone.context().setOffline(true);
  await phone.goto('/me');
  await expect(phone.getByRole('heading', { name: 'No connection to Keystead' })).toBeVisible();
  await phone.context().setOffline(false);
  await phone.goto('/me');
  await expect(phone.getByRole('heading', { level: 1 })).not.toHaveText('No connection to Keystead');
});
