// Every page at three sizes and in both themes: no accessibility violation, nothing wider than
// the window, nothing in the console, nothing from another origin (the last two: support/watch.ts).
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';
import { examine, plain } from '../support/looks.ts';
import { settled } from '../support/pages.ts';
import { aPhone, activateButton, showCodeButton } from '../support/phone.ts';
import { colleague, Directory } from '../support/scim.ts';
import { SecurityKey } from '../support/security-key.ts';
import { Badge, handOut, office, type Workstation } from '../support/workstation.ts';
import { Wizard } from '../support/wizard.ts';
import type { House, Person } from '../support/house.ts';
import type { Group } from '../support/api.ts';

const sizes = [
  { name: 'a desktop', width: 1440, height: 900 },
  { name: 'a tablet', width: 1024, height: 768 },
  { name: 'a phone', width: 390, height: 844 },
];
test.describe.configure({ mode: 'parallel' });
// A trace keeps a copy of each page at each step: here that costs more than the journey, and the message says where.
test.use({ trace: 'off' });

/** People, groups and keys in every state, so that every badge and button is drawn. */
const furnished = new WeakMap<
  House,
  Promise<{
    person: Person;
    group: Group;
    openLink: string;
    usedLink: string;
    phoneLink: string;
    cardLink: string;
    cardHolder: Person;
    workstation: Workstation;
  }>
>();
function furnish(house: House) {
  let furniture = furnished.get(house);
  if (!furniture) {
    furniture = (async () => {
      const group = await house.api.post<Group>('/groups', { name: 'Gardeners', description: 'Those who water the meadow.' });
      const registered = await house.addSignedIn('Paula Panel', { groupIds: [group.id] });
      await house.api.post(`/users/${registered.id}/keys`, { kind: 'hardwareKey', name: 'Spare in the safe' });
      const suspended = await house.addWithKey('Sven Suspended');
      await house.api.post(`/keys/${suspended.keyId}/suspend`, {});
      const revoked = await house.addWithKey('Romy Revoked');
      await house.api.post(`/keys/${revoked.keyId}/revoke`, { reason: 'lost' });
      const cancelled = await house.add('Cleo Cancelled');
      await house.api.post(`/keys/${cancelled.keyId}/cancel`, {});
      const disabled = await house.add('Didi Disabled', { key: false });
      await house.api.post(`/users/${disabled.id}/disable`);
      await house.add('Nele New', { key: false });
      const pending = await house.add('Pia Pending');
      await provision(house, pending.email);
      const phone = await house.add('Fritz Phone', { kind: 'smartphone' });
      const { workstation } = await office(house);
      const cardHolder = await house.add('Kim Card', { key: false });
      await handOut(house, workstation, cardHolder, new Badge());
      const card = await house.add('Karl Card', { kind: 'contactlessCard' });
      return {
        person: registered,
        group,
        openLink: pending.link,
        usedLink: registered.link,
        phoneLink: phone.link,
        cardLink: card.link,
        cardHolder,
        workstation,
      };
    })();
    furnished.set(house, furniture);
  }
  return furniture;
}

/** A directory that calls by SCIM: people and a group of its own, a conflict, and secrets of both kinds. */
async function provision(house: House, taken: string): Promise<void> {
  const token = { name: 'Entra ID', expiresInDays: 365, networks: [] };
  const { secret } = await house.api.post<{ secret: string }>('/integrations/scim/tokens', token);
  await house.api.post('/integrations/scim/tokens', {
    ...token,
    kind: 'client',
    name: 'Okta',
    expiresInDays: 10,
    networks: ['203.0.113.0/24', '2001:db8::/32'],
  });
  const { tenantUrl } = await house.api.get<{ tenantUrl: string }>('/integrations/scim');
  const directory = new Directory(tenantUrl, secret);
  await directory.addGroup('Provisioned', [await directory.add(colleague('Sina', 'Scim'))]);
  await directory.tryToAdd({ ...colleague('Pia', 'Pending'), userPrincipalName: taken });
}

/** What opens above the pages of cards and workstations, and the desk while it waits. */
async function cardsAndWorkstations(page: Page, holder: Person, workstation: Workstation): Promise<void> {
  await page.goto('/workstations');
  await settled(page);
  await page.getByRole('button', { name: `Actions for ${workstation.name}` }).click();
  await page.getByRole('menuitem', { name: 'I am at this workstation' }).click();
  await page.getByRole('button', { name: 'Enrol a workstation' }).click();
  await page.getByRole('button', { name: 'Make code' }).click();
  await expect(page.getByRole('textbox', { name: 'Command' })).toBeVisible();
  await examine(page, 'the code for a workstation');
  await page.goto('/cards');
  await settled(page);
  await expect(page.getByRole('listbox', { name: 'People' })).toBeVisible();
  await examine(page, 'the card desk');
  await page.getByRole('option', { name: /Karl Card/ }).click();
  await expect(page.getByText('Waiting for the card…')).toBeVisible();
  await examine(page, 'the card desk at the reader');
  await page.goto(`/users/${holder.id}?tab=keys`);
  await settled(page);
  await page.getByRole('button', { name: /^Actions for / }).first().click();
  await page.getByRole('menuitem', { name: 'Card and PIN' }).click();
  await expect(page.getByRole('dialog')).toContainText('8 of 8');
  await examine(page, 'a card');
  await page.getByRole('button', { name: 'Reset PIN…' }).click();
  await expect(page.getByRole('dialog')).toContainText('so nothing is lost');
  await examine(page, 'the reset of a PIN');
}

for (const { name, width, height } of sizes) {
  test(`the panel is in order on ${name}, in the light and in the dark`, async ({ house }) => {
    // Some forty pages, each looked at twice: a minute or two on a quiet machine.
    test.setTimeout(900_000);
    const { person, group, openLink, usedLink, phoneLink, cardLink, cardHolder, workstation } = await furnish(house);
    const look = { viewport: { width, height }, colorScheme: 'light', reducedMotion: 'reduce' } as const;
    const page = await house.page({ as: house.owner, ...look });

    const paths = [
      '/dashboard',
      '/users',
      '/users?q=nobody-has-this-name',
      '/users/new',
      `/users/${person.id}`,
      `/users/${person.id}?tab=keys`,
      `/users/${person.id}?tab=passkeys`,
      `/users/${person.id}?tab=groups`,
      `/users/${person.id}?tab=activity`,
      `/users/${house.owner.id}?tab=keys`,
      '/users/00000000-0000-7000-8000-000000000000',
      '/groups',
      `/groups/${group.id}`,
      `/users/${cardHolder.id}?tab=keys`,
      `/users/${cardHolder.id}?tab=passkeys`,
      '/keys',
      '/cards',
      '/workstations',
      '/users/import',
      '/imports',
      '/imports?tab=schedules',
      '/imports/new/csv',
      '/imports/new/entra',
      '/imports/schedules/new',
      '/integrations',
      '/integrations/entra',
      '/integrations/scim?tab=connection',
      '/integrations/scim?tab=tokens',
      '/integrations/scim?tab=log',
      '/integrations/scim?tab=conflicts',
      '/users?origin=scim',
      '/groups?type=scim',
      '/activity',
      '/settings',
      '/me',
      '/a-page-that-is-not-there',
    ];
    for (const path of paths) {
      await page.goto(path);
      await examine(page, path);
    }

    // The other tabs of the settings, by their own names.
    await page.goto('/settings');
    await settled(page);
    const tabs = await page.getByRole('main').getByRole('tab').allTextContents();
    for (const tab of tabs.slice(1)) {
      await page.getByRole('main').getByRole('tab', { name: tab }).click();
      await examine(page, `settings, ${tab}`);
    }

    // What opens above a page: the wizard's further steps, a dialog, a menu, the alerts.
    const wizard = await Wizard.open(page);
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await expect(wizard.message('E-mail')).toBeVisible();
    await examine(page, 'the wizard with an error');
    await wizard.type({ 'E-mail': `axe.${width}@meadow.example` });
    for (const step of ['Groups', 'Security key', 'Review', 'Confirm']) {
      await wizard.next(step);
      if (step === 'Security key') await page.getByRole('radio', { name: /^Smartphone/ }).check();
      await examine(page, `the wizard at ${step}`);
    }
    await page.goto('/integrations/scim?tab=setup');
    await settled(page);
    for (const name of [/^More attributes/, /^OAuth 2.0/, /^Okta/]) await page.getByRole('button', { name }).click();
    await examine(page, 'the set-up of SCIM, unfolded');
    await page.goto('/integrations/scim?tab=log&outcome=failed');
    await settled(page);
    await page.getByRole('button', { name: /^Details: Add a person/ }).first().click();
    await expect(page.getByRole('region', { name: 'What was sent' })).toBeVisible();
    await examine(page, 'a request of SCIM');
    await page.goto('/integrations/scim?tab=conflicts');
    await settled(page);
    await page.getByRole('button', { name: /^Link Pia/ }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await examine(page, 'a link of SCIM');
    await page.goto('/groups');
    await settled(page);
    await page.getByRole('button', { name: 'New Group' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await examine(page, 'a dialog');
    await page.goto('/keys');
    await settled(page);
    await page.getByRole('button', { name: /^Actions for / }).first().click();
    await expect(page.getByRole('menu')).toBeVisible();
    await examine(page, 'a menu');
    await page.goto('/dashboard');
    await settled(page);
    await page.getByRole('button', { name: /^Alerts:/ }).click();
    await expect(page.getByRole('heading', { name: 'Alerts' })).toBeVisible();
    await examine(page, 'the alerts');
    await cardsAndWorkstations(page, cardHolder, workstation);
    if (width < 700) {
      await page.goto('/dashboard');
      await settled(page);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Open navigation' }).click();
      await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
      await examine(page, 'the navigation of a phone');
    }

    const stranger = await house.page(look);
    for (const path of ['/sign-in', openLink, usedLink, '/register', '/setup', '/phone', '/offline.html', phoneLink]) {
      await stranger.goto('about:blank');
      await stranger.goto(path);
      if (path === '/offline.html') await plain(stranger, path);
      else await examine(stranger, path.replace(/#.*/, '#…'));
    }
    await showCodeButton(stranger).click();
    await expect(stranger.getByRole('img', { name: /QR code/ })).toBeVisible();
    await examine(stranger, 'the code for a phone');

    await stranger.goto(cardLink);
    await expect(stranger.getByRole('heading', { name: 'Activate your card' })).toBeVisible();
    await examine(stranger, 'the invitation for a card');
    await stranger.getByRole('textbox', { name: 'Name of the computer' }).fill(workstation.name);
    await stranger.getByRole('button', { name: 'Put my card on the reader' }).click();
    await expect(stranger.getByText('Waiting for the card…')).toBeVisible();
    await examine(stranger, 'the wait for a card');
    await workstation.tap(new Badge());
    await expect(stranger.getByRole('heading', { name: 'Choose a PIN' })).toBeVisible();
    await stranger.getByLabel('Your new PIN').fill('1234');
    await stranger.getByRole('button', { name: 'Activate the card' }).click();
    await examine(stranger, 'the PIN of a card');

    // The same link on the phone, before it can and when it can.
    const phone = await house.page({ ...aPhone, ...look });
    await phone.goto(phoneLink);
    await examine(phone, 'a phone without a screen lock');
    await new SecurityKey().builtInto(phone);
    await phone.getByRole('button', { name: 'Try again' }).click();
    await expect(activateButton(phone)).toBeVisible();
    await examine(phone, 'the invitation on a phone');
    await phone.goto('/sign-in');
    await examine(phone, 'signing in on a phone');
  });
}
