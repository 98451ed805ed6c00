// People from a CSV file: planned, shown, confirmed, reported, taken back; and what goes wrong on the way.
import { readFile } from 'node:fs/promises';
import { expect, test } from '../support/test.ts';
import { alerts, settled } from '../support/pages.ts';
import { count, importState, ImportWizard, manyPeople, newestImport, reported } from '../support/imports.ts';
import { aPhone, activateButton } from '../support/phone.ts';
import { SecurityKey } from '../support/security-key.ts';
import type { Group, List, User } from '../support/api.ts';

test('a file becomes people: each step, the plan, the report, and what did not go through', async ({ house }) => {
  const known = await house.add('Karla Known', { email: 'karla@csv.example', key: false });
  await house.api.post('/groups', { name: 'Csv Crew' });
  const page = await house.page({ as: house.owner });
  const wizard = await ImportWizard.csv(page);
  await wizard.goodFile(
    'staff.csv',
    [
      'E-mail;First name;Last name;Job title;Password',
      'karla@csv.example;Karla;Known;Captain;secret-1',
      'norbert@csv.example;Norbert;Neu;Sailor;secret-2',
      'no address;Willi;Wrong;Cook;secret-3',
      'norbert@csv.example;Nochmal;Norbert;Stoker;secret-4',
    ].join('\r\n'),
  );
  await expect(page.getByLabel('Values are separated by')).toHaveValue(';');
  await expect(page.getByLabel('The first line names the columns')).toBeChecked();

  await wizard.next('Columns');
  await expect(page.getByLabel('What E-mail means')).toHaveValue('email');
  await expect(page.getByLabel('What Job title means')).toHaveValue('title');
  await expect(page.getByLabel('What Password means')).toHaveCount(0);
  await expect(page.getByText('Keystead keeps no passwords')).toBeVisible();
  await expect(page.getByText('secret-1')).toHaveCount(0);
  await page.getByLabel('What E-mail means').selectOption({ label: 'Leave out' });
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('e-mail address');
  await page.getByLabel('What E-mail means').selectOption({ label: 'E-mail' });

  await wizard.next('Groups');
  await page.getByRole('searchbox', { name: 'Search groups' }).fill('csv crew');
  await page.getByRole('checkbox', { name: 'Csv Crew' }).check();
  await page.getByRole('searchbox', { name: 'Search groups' }).fill('Csv Newcomers');
  await page.getByRole('button', { name: 'New group “Csv Newcomers”' }).click();

  await wizard.next('Review');
  await wizard.planned();
  await expect(count(page, 'Add')).toContainText('1');
  await expect(count(page, 'Change')).toContainText('1');
  await expect(count(page, 'Rejected')).toContainText('2');
  const rows = page.getByRole('table', { name: 'Rows of the plan' });
  await expect(rows.getByRole('row', { name: /Karla/ })).toContainText('Captain');
  await count(page, 'Rejected').getByRole('button').click();
  await expect(page).toHaveURL(/verdict=rejected/);
  await expect(rows.getByRole('rowheader')).toHaveCount(2);
  // Nobody was touched so far, and the new group is not there either.
  expect((await house.api.get<List<User>>('/users?q=norbert')).items).toEqual([]);
  expect((await house.api.get<List<Group>>('/groups?q=Csv%20Newcomers')).items).toEqual([]);

  await wizard.next('Confirm');
  await expect(page.getByText('1 person will be added and 1 person will be changed.')).toBeVisible();
  await expect(page.getByText('nobody gets a mail')).toBeVisible();
  await wizard.confirm();
  await reported(page, /1 added, 1 changed/);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download what did not go through' }).click();
  const failed = await readFile(await (await download).path(), 'utf8');
  expect(failed).toContain('malformedEmail');
  expect(failed).toContain('duplicateInFile');

  const [added] = (await house.api.get<List<User>>('/users?q=norbert')).items;
  expect(added).toMatchObject({ email: 'norbert@csv.example', displayName: 'Norbert Neu' });
  const groups = (await house.api.get<List<Group>>(`/users/${added!.id}/groups`)).items.map((group) => group.name);
  expect(groups).toEqual(expect.arrayContaining(['Csv Crew', 'Csv Newcomers']));
  expect(await house.api.get<User>(`/users/${known.id}`)).toMatchObject({ title: 'Captain', displayName: 'Karla Known' });
  await house.mailbox!.next(house.owner.email, /import/i);
  expect(house.mailbox!.to('norbert@csv.example')).toEqual([]);

  await page.goto('/imports');
  await settled(page);
  await expect(page.getByRole('table', { name: 'Imports' }).getByRole('row', { name: /staff\.csv/ })).toContainText('1 added');
  await page.goto('/dashboard');
  await settled(page);
  const bell = await alerts(page);
  await bell.getByRole('link', { name: 'Open the report' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'staff.csv' })).toBeVisible();
});

test('people of a file get their phone assigned and a mail, but for whoever has a key', async ({ house }) => {
  const known = await house.addWithKey('Kim Keyholder');
  const page = await house.page({ as: house.owner });
  const wizard = await ImportWizard.csv(page);
  await wizard.goodFile(
    'phones.csv',
    `email,displayName,title\nfrida@phones.example,Frida Fein,Nurse\nhugo@phones.example,Hugo Hale,Nurse\n${known.email},Kim Keyholder,Nurse\n`,
  );
  await wizard.next('Columns');
  await wizard.next('Groups');
  const assign = page.getByRole('switch', { name: 'Assign a security key to everybody who has none' });
  await expect(assign).not.toBeChecked();
  await assign.click();
  await expect(page.getByRole('radio', { name: /^None for now/ })).toBeChecked();
  await page.getByRole('radio', { name: 'Smartphone' }).check();
  await page.getByRole('radio', { name: 'As soon as the person is imported' }).check();
  await page.getByRole('textbox', { name: /note/i }).fill('Your phone opens the ward from Monday on.');
  await wizard.next('Review');
  await wizard.planned();
  await expect(count(page, 'Add')).toContainText('2');
  // Nobody was written to before the plan is confirmed.
  expect(house.mailbox!.to('frida@phones.example')).toEqual([]);

  await wizard.next('Confirm');
  await expect(page.getByText(/gets their smartphone assigned and a mail with the registration link right away/)).toBeVisible();
  await expect(page.getByText('Your phone opens the ward from Monday on.')).toBeVisible();
  await wizard.confirm();
  await reported(page, '2 added and 1 changed');

  const mail = await house.mailbox!.nextLink('frida@phones.example');
  expect(mail.subject).toContain('Activate your phone');
  expect(mail.text).toContain('Your phone opens the ward from Monday on.');
  await house.mailbox!.nextLink('hugo@phones.example');
  const [frida] = (await house.api.get<List<User>>('/users?q=frida')).items;
  expect(frida).toMatchObject({ status: 'pending' });
  const keys = await house.api.get<List<{ kind: string; state: string }>>(`/users/${frida!.id}/keys`);
  expect(keys.items).toMatchObject([{ kind: 'smartphone', state: 'pending' }]);
  expect((await house.api.get<List<object>>(`/users/${known.id}/keys`)).items).toHaveLength(1);
  const phone = await house.page(aPhone);
  await new SecurityKey().builtInto(phone);
  await phone.goto(mail.link);
  await expect(activateButton(phone)).toBeVisible();
  await expect(phone.getByRole('main')).toContainText('Frida Fein');

  // Told once in the panel and once by mail, in the same words.
  const told = await house.mailbox!.next(house.owner.email, /the import of phones\.csv is finished/);
  expect(told.text).toContain('Added: 2\nChanged: 1\nDisabled: 0\nNo change: 0\nSkipped: 0\nFailed: 0');
  await page.goto('/dashboard');
  await settled(page);
  await expect((await alerts(page)).getByText(/^2 added, 1 changed, 0 disabled/)).toBeVisible();
  expect(house.mailbox!.to('frida@phones.example')).toHaveLength(1);
  expect(house.mailbox!.to(known.email).filter((mail) => /phone/i.test(mail.subject))).toEqual([]);
});

test('a file that is no CSV is refused whole, and says why', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  const wizard = await ImportWizard.csv(page);
  await wizard.file('staff.csv', Buffer.from('504b0304140000000800000021005e', 'hex'));
  await expect(page.getByRole('alert')).toContainText(/CSV/);
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await wizard.at('File');

  await wizard.goodFile('staff.csv', 'email,name\nquirin@csv.example,Quirin\nquote@csv.example,"never closed\n');
  await wizard.next('Columns');
  await wizard.next('Groups');
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText(/line 3/i);
  await expect(page.getByRole('alert')).toContainText('Nothing was changed');
  expect((await house.api.get<List<User>>('/users?q=quirin')).items).toEqual([]);

  // Mended, it goes through.
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: 'File' }).click();
  await wizard.goodFile('staff.csv', 'email,name\nquirin@csv.example,Quirin\n');
  await wizard.next('Columns');
  await wizard.next('Groups');
  await wizard.next('Review');
  await wizard.planned();
  await expect(count(page, 'Add')).toContainText('1');
});

test('a draft is left, found again, gone on with, and cancelled', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  const wizard = await ImportWizard.csv(page);
  await wizard.goodFile('later.csv', 'email,name\nlater@csv.example,Lara Later\n');
  await wizard.next('Columns');
  await page.getByLabel('What name means').selectOption({ label: 'Display name' });
  await wizard.next('Groups');
  await page.getByRole('link', { name: 'Finish later' }).click();
  await settled(page);
  const row = page.getByRole('table', { name: 'Imports' }).getByRole('row', { name: /later\.csv/ });
  await expect(row).toContainText('Draft');
  await row.getByRole('link', { name: 'later.csv' }).click();
  await page.getByRole('link', { name: 'Go on with it' }).first().click();
  await wizard.at('Columns');
  await expect(page.getByLabel('What name means')).toHaveValue('displayName');
  await wizard.next('Groups');
  await wizard.next('Review');
  await wizard.planned();

  const { id } = await newestImport(house);
  await page.goto(`/imports/${id}`);
  await settled(page);
  await page.getByRole('button', { name: 'Cancel import' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel import' }).click();
  await expect(page.getByRole('heading', { name: 'Cancelled before anything was changed' })).toBeVisible();
  expect((await house.api.get<List<User>>('/users?q=later')).items).toEqual([]);
});

test('a run is loaded again in the middle, and stopped; the report says what was applied', async ({ ownHouse }) => {
  const house = await ownHouse();
  const page = await house.page({ as: house.owner });
  const wizard = await ImportWizard.csv(page);
  await wizard.goodFile('everybody.csv', manyPeople(20_000, 'many.example'));
  await wizard.next('Columns');
  await wizard.next('Groups');
  await wizard.next('Review');
  await wizard.planned();
  await expect(count(page, 'Add')).toContainText('20,000');
  await wizard.next('Confirm');
  await wizard.confirm();

  const bar = page.getByRole('progressbar', { name: 'Importing' });
  await expect(bar).toBeVisible();
  await page.reload();
  await expect(bar).toBeVisible();
  await expect(page.getByText(/[\d,]+ of 20,000/)).toBeVisible();
  await page.getByRole('button', { name: 'Cancel import' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel import' }).click();
  await reported(page, /^Cancelled after [\d,]+ (person|people)$/);

  const { id, outcome } = await newestImport(house);
  expect(await importState(house, id)).toBe('cancelled');
  expect(outcome!.created).toBeGreaterThan(0);
  expect(outcome!.created).toBeLessThan(20_000);
  const { count: people } = await house.api.get<{ count: number }>('/users/count?origin=csv');
  expect(people).toBe(outcome!.created);
});

test('an import is undone, but for whoever has done something since', async ({ house }) => {
  const known = await house.add('Ulla Undo', { email: 'ulla@undo.example', key: false });
  const page = await house.page({ as: house.owner });
  const wizard = await ImportWizard.csv(page);
  await wizard.goodFile(
    'undo.csv',
    'email,displayName,title\nulla@undo.example,Ulla Undo,Pilot\nfresh@undo.example,Frieda Fresh,Pilot\nkept@undo.example,Kurt Kept,Pilot\n',
  );
  await wizard.next('Columns');
  await wizard.next('Groups');
  await wizard.next('Review');
  await wizard.planned();
  await wizard.next('Confirm');
  await wizard.confirm();
  await reported(page, '2 added and 1 changed');

  const [kept] = (await house.api.get<List<User>>('/users?q=kept')).items;
  await house.api.patch(`/users/${kept!.id}`, { department: 'Tower' });
  await page.getByRole('button', { name: 'Undo this import' }).click();
  await expect(page.getByRole('dialog')).toContainText('2 people added by it');
  await page.getByRole('dialog').getByRole('button', { name: 'Undo import' }).click();
  await reported(page, /^Undone: 2 people$/);
  await expect(page.getByText('1 person stayed as they are.')).toBeVisible();
  await expect(page.getByRole('row', { name: /Kurt Kept/ })).toContainText('Left as it is');

  expect((await house.api.get<List<User>>('/users?q=fresh')).items).toEqual([]);
  expect((await house.api.raw('GET', `/users/${kept!.id}`)).status()).toBe(200);
  expect(await house.api.get<User>(`/users/${known.id}`)).toMatchObject({ title: null });
});

test('an import that changes nothing is not called a success', async ({ house }) => {
  await house.add('Samira Same', { email: 'samira@same.example', key: false });
  const page = await house.page({ as: house.owner });
  const wizard = await ImportWizard.csv(page);
  await wizard.goodFile('same.csv', 'email,displayName\nsamira@same.example,Samira Same\n');
  await wizard.next('Columns');
  await wizard.next('Groups');
  await wizard.next('Review');
  await wizard.planned();
  await expect(page.getByText('There is nothing to change')).toBeVisible();
  await wizard.next('Confirm');
  await wizard.confirm();
  await reported(page, 'Nothing was changed');
  await expect(page.getByRole('main').getByText('Finished')).toHaveCount(0);
});

test('somebody with a role is only changed when ticked, and keeps the role', async ({ house }) => {
  const helper = await house.withRole('helpDesk');
  const page = await house.page({ as: house.owner });
  for (const ticked of [false, true]) {
    const wizard = await ImportWizard.csv(page);
    await wizard.goodFile('helpers.csv', `email,title\n${helper.email},Chief of keys\n`);
    await wizard.next('Columns');
    await wizard.next('Groups');
    await wizard.next('Review');
    await wizard.planned();
    const tick = page.getByRole('checkbox', { name: `Change ${helper.email}, who holds a role` });
    await expect(tick).not.toBeChecked();
    if (ticked) {
      await tick.click();
      await expect(tick).toBeChecked();
      await settled(page);
    }
    await wizard.next('Confirm');
    await wizard.confirm();
    await reported(page, ticked ? '1 changed' : 'Nothing was changed');
    const after = await house.api.get<User & { title: string | null; role: string }>(`/users/${helper.id}`);
    expect(after).toMatchObject({ title: ticked ? 'Chief of keys' : null, role: 'helpDesk' });
  }
});

test('who may only read sees reports, and no way to import', async ({ house }) => {
  const page = await house.page({ as: await house.withRole('auditor') });
  await page.goto('/imports');
  await settled(page);
  await expect(page.getByRole('link', { name: 'Import Users' })).toHaveCount(0);
  await page.goto('/imports/new/csv');
  await expect(page.getByRole('heading', { level: 1, name: 'This page is not part of your role' })).toBeVisible();
});
