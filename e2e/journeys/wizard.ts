// An administrator adds a person; a mail leaves; the person registers a key and signs in with it.
import { expect, test } from '../support/test.ts';
import { ORGANISATION } from '../support/house.ts';
import { registerKey, signInButton, signedIn } from '../support/pages.ts';
import { SecurityKey } from '../support/security-key.ts';
import { Wizard } from '../support/wizard.ts';
import type { Group, List, User } from '../support/api.ts';

test('a person added in the wizard gets a mail, registers a key and signs in with it elsewhere', async ({ house }) => {
  await house.api.post<Group>('/groups', { name: 'Welders' });
  const page = await house.page({ as: house.owner });
  const wizard = await Wizard.open(page);
  await wizard.type({
    'E-mail': 'jane.doe@meadow.example',
    'First name': 'Jane',
    'Last name': 'Doe',
    'Job title': 'Foreman',
    Department: 'Metal',
    Phone: '30 1234567',
  });
  await page.getByRole('combobox', { name: 'Country code' }).selectOption({ label: 'Germany (+49)' });
  await page.getByRole('combobox', { name: 'Preferred language' }).selectOption({ label: 'German' });
  await wizard.next('Groups');

  await page.getByRole('searchbox', { name: 'Search groups' }).fill('Weld');
  await page.getByRole('checkbox', { name: 'Welders' }).check();
  await page.getByRole('searchbox', { name: 'Search groups' }).fill('Night shift');
  await page.getByRole('button', { name: 'Create the group “Night shift”' }).click();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(page.getByText('Night shift', { exact: true }).first()).toBeVisible();
  await wizard.next('Security key');
  await expect(page.getByRole('switch', { name: 'Assign a security key' })).toBeChecked();
  await wizard.next('Review');

  const review = page.getByRole('main');
  for (const text of ['jane.doe@meadow.example', 'Jane Doe', 'Foreman', 'Metal', 'Welders', 'Night shift', 'FIDO2']) {
    await expect(review.getByText(text).first()).toBeVisible();
  }
  await page.getByRole('textbox', { name: /^Note to/ }).fill('Your key lies at the gate.');
  await wizard.next('Confirm');
  await expect(review).toContainText('Jane will get a mail at jane.doe@meadow.example');
  await wizard.add.click();
  await wizard.added('Jane Doe');
  await expect(review).toContainText('gets it by mail at jane.doe@meadow.example');

  const mail = await house.mailbox!.nextLink('jane.doe@meadow.example');
  for (const part of [mail.text, mail.html]) {
    expect(part).toContain('Your key lies at the gate.');
    expect(part).toMatch(/3 days|72 hours/);
  }
  expect(mail.text).toContain(ORGANISATION);
  expect(mail.html).toContain('Meadow &amp; Sons');
  // As a mail program reads it: with the entities resolved.
  const addresses = [...mail.html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!.replaceAll('&#x2f;', '/'));
  expect(new Set(addresses)).toEqual(new Set([mail.link]));

  // Jane, at her own computer.
  const key = new SecurityKey();
  const jane = { id: '', email: 'jane.doe@meadow.example', displayName: 'Jane Doe', key };
  const hers = await house.page({ as: jane });
  await hers.goto(mail.link);
  await expect(hers.getByRole('main')).toContainText('Jane Doe');
  await expect(hers.getByRole('main')).toContainText(ORGANISATION);
  await registerKey(hers);
  await hers.getByRole('link', { name: 'Try it: sign in' }).click();
  await signInButton(hers).click();
  await signedIn(hers);
  await expect(hers).toHaveURL(/\/me$/);
  await expect(hers.getByText('jane.doe@meadow.example').first()).toBeVisible();

  // And at another one, where only the stick knows her.
  const elsewhere = await house.page({ as: jane });
  await elsewhere.goto('/');
  await signInButton(elsewhere).click();
  await signedIn(elsewhere);

  await page.getByRole('link', { name: 'Open Jane’s page' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Jane Doe' })).toBeVisible();
  await expect(page.getByText('Active', { exact: true }).first()).toBeVisible();
});

test('a person may be added without a key, and another one right after', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  const wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'nokey@meadow.example', 'Display name': 'Norbert Nokey' });
  await wizard.next('Groups');
  await wizard.next('Security key');
  await page.getByRole('switch', { name: 'Assign a security key' }).click();
  await wizard.next('Review');
  await wizard.next('Confirm');
  await wizard.add.click();
  await wizard.added('Norbert Nokey');
  await page.getByRole('button', { name: 'Add another' }).click();
  await wizard.at('User info');
  await expect(wizard.field('E-mail')).toHaveValue('');

  const { items } = await house.api.get<List<User>>('/users?q=nokey');
  expect(items.map((user) => user.status)).toEqual(['new']);
  expect(house.mailbox!.to('nokey@meadow.example')).toEqual([]);
});

test('an e-mail address is enough, and what the review shows is what is saved', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  const wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'solo@meadow.example', 'User name': 'solo' });
  await wizard.toConfirm();
  const promised = /^(.*) will be added with the user name solo\.$/;
  const sentence = page.getByRole('listitem').filter({ hasText: promised });
  const [, displayName] = promised.exec((await sentence.textContent()) ?? '') ?? [];
  await wizard.add.click();
  await wizard.added(displayName!);
  const { items } = await house.api.get<List<User>>('/users?q=solo%40meadow.example');
  expect(items.map((user) => [user.userName, user.displayName])).toEqual([['solo', displayName]]);
});

test('the e-mail address is asked for, and must look like one', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  const wizard = await Wizard.open(page);
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await wizard.at('User info');
  await expect(wizard.message('E-mail')).toHaveText('Enter an e-mail address. The registration link goes there.');
  await expect(wizard.field('E-mail')).toBeFocused();

  for (const address of ['jane', 'jane@', '@meadow.example', 'jane doe@meadow.example', 'a@b@c']) {
    await wizard.type({ 'E-mail': address });
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await expect(wizard.message('E-mail')).toContainText('should look like jane@example.com');
    await wizard.at('User info');
  }
  await wizard.type({ 'E-mail': 'jane.ok@meadow.example', Phone: 'call me' });
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await expect(wizard.message('Phone')).toHaveText(/\S/);
  await wizard.at('User info');
});

test('a taken user name and a shared address are said while typing, with a link to that person', async ({ house }) => {
  const other = await house.add('Theo Taken', { key: false });
  const page = await house.page({ as: house.owner });
  const wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'theo.second@meadow.example', 'User name': other.email.toUpperCase() });
  await expect(wizard.message('User name')).toContainText('Theo Taken already has this user name');
  await expect(wizard.message('User name').getByRole('link', { name: /Theo Taken/ })).toHaveAttribute('href', `/users/${other.id}`);
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await wizard.at('User info');

  await wizard.type({ 'User name': 'theo.second', 'Display name': 'Theo the Second', 'E-mail': other.email });
  await expect(wizard.message('E-mail')).toContainText('Theo Taken has this e-mail address too');
  await expect(wizard.message('E-mail').getByRole('link', { name: /Theo Taken/ })).toHaveAttribute('href', `/users/${other.id}`);
  // A shared mailbox is fine.
  await wizard.toConfirm();
  await wizard.add.click();
  await wizard.added('Theo the Second');
  expect((await house.api.get<List<User>>(`/users?q=${encodeURIComponent(other.email)}`)).items).toHaveLength(2);
});

test('what the server refuses at the end is said at the field, and nothing is lost', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  const wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'race@meadow.example', 'User name': 'racer', 'First name': 'Rachel', 'Job title': 'Runner' });
  await wizard.toConfirm();
  // Somebody else is quicker.
  await house.api.post('/users', { email: 'quick@meadow.example', userName: 'Racer', displayName: 'Quick Quentin' });
  await wizard.add.click();
  await wizard.at('User info');
  await expect(wizard.message('User name')).toHaveText(/\S/);
  await expect(wizard.field('Job title')).toHaveValue('Runner');
  await wizard.type({ 'User name': 'racer2' });
  await wizard.toConfirm();
  await wizard.add.click();
  await wizard.added('Rachel');
  const { items } = await house.api.get<List<User>>('/users?q=race%40meadow.example');
  expect(items.map((user) => user.userName)).toEqual(['racer2']);
});

test('going back keeps what was typed and chosen', async ({ house }) => {
  await house.api.post<Group>('/groups', { name: 'Backpackers' });
  const page = await house.page({ as: house.owner });
  const wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'bea@meadow.example', 'First name': 'Bea', 'Last name': 'Back', Department: 'Trails' });
  await wizard.next('Groups');
  await page.getByRole('searchbox', { name: 'Search groups' }).fill('Backpack');
  await page.getByRole('checkbox', { name: 'Backpackers' }).check();
  await wizard.next('Security key');
  await wizard.next('Review');
  await page.getByRole('textbox', { name: /^Note to/ }).fill('See you on the hill.');

  await wizard.back('Security key');
  await wizard.back('Groups');
  await expect(page.getByText('Backpackers', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'Backpackers' })).toBeChecked();
  await page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: 'User info' }).click();
  await wizard.at('User info');
  await expect(wizard.field('E-mail')).toHaveValue('bea@meadow.example');
  await expect(wizard.field('Last name')).toHaveValue('Back');
  await expect(wizard.field('Department')).toHaveValue('Trails');
  // The browser's own button is a way back and forth, too.
  await page.goBack();
  await page.goForward();
  await wizard.at('User info');
  await expect(wizard.field('Department')).toHaveValue('Trails');
  await wizard.toReview();
  await expect(page.getByRole('textbox', { name: /^Note to/ })).toHaveValue('See you on the hill.');
});

test('submitting twice, or again after the answer was lost, makes one person', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  let wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'twice@meadow.example', 'First name': 'Twice' });
  await wizard.toConfirm();
  await wizard.add.dblclick();
  await wizard.added('Twice');
  expect((await house.api.get<List<User>>('/users?q=twice')).items).toHaveLength(1);

  wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'lost.answer@meadow.example', 'First name': 'Lost' });
  await wizard.toConfirm();
  let requests = 0;
  await page.route('**/api/v1/users', async (route) => {
    requests += 1;
    if (requests > 1) return route.continue();
    // The server does the work; its answer never arrives.
    await route.fetch();
    return route.abort('connectionreset');
  });
  await wizard.add.click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await wizard.add.click();
  await wizard.added('Lost');
  expect(requests).toBe(2);
  expect((await house.api.get<List<User>>('/users?q=lost.answer')).items).toHaveLength(1);
  expect(house.takeFindings().filter((finding) => !finding.includes('ERR_CONNECTION_RESET'))).toEqual([]);
});

test('leaving the wizard with something typed asks first', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  const wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'leaver@meadow.example' });
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stay here' }).click();
  await expect(wizard.field('E-mail')).toHaveValue('leaver@meadow.example');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
  await expect(page).toHaveURL(/\/users$/);
});
