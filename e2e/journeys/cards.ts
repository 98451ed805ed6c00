// Badges become security keys: a workstation is enrolled, cards are handed out and activated, PINs reset, cards and
// workstations revoked. The workstation is simulated; what it says is the agent's protocol.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test.ts';
import { settled } from '../support/pages.ts';
import { aPhoneAsCard, Badge, handOut, office, Workstation } from '../support/workstation.ts';
import { Wizard } from '../support/wizard.ts';
import type { House } from '../support/house.ts';
import type { Group, User } from '../support/api.ts';

async function statusOf(house: House, person: { id: string }): Promise<string> {
  return (await house.api.get<User>(`/users/${person.id}`)).status;
}

/** The PINs that were mailed to somebody. */
function pins(house: House, email: string): string[] {
  const letters = house.mailbox!.to(email).filter(({ subject }) => subject.startsWith('The PIN of your card'));
  return letters.map(({ text }) => /\b[2-9]{6}\b/.exec(text)?.[0] ?? 'none');
}

const works = (page: Page, person: string) => page.getByText(`The card of ${person} works`);
// What is laid on before the server waits for it at that workstation is just a card on a reader.
const asked = (page: Page) => page.getByText('Waiting for the card…').last();

test('a workstation is enrolled by the command that is shown, renamed, and cut off when it is revoked', async ({ house }) => {
  const page = await house.page({ as: house.owner });
  await page.goto('/workstations');
  await settled(page);
  await page.getByRole('button', { name: 'Enrol a workstation' }).click();
  await page.getByRole('button', { name: 'Make code' }).click();
  const command = await page.getByRole('textbox', { name: 'Command' }).inputValue();
  expect(command).toMatch(/^keystead-agent enrol --server http:\/\/localhost:\d+\/? --code kse_\S+$/);
  const workstation = await Workstation.enrol(command, 'Reception', '198.19.251.1');
  await expect(page.getByRole('dialog')).toContainText('Reception is enrolled');
  await page.getByRole('button', { name: 'Done' }).click();

  const row = page.getByRole('row', { name: /Reception/ });
  await expect(row).toContainText('Not connected');
  await workstation.start();
  await expect(row).toContainText('Connected');
  await expect(row).toContainText('ACS ACR122U');

  await page.getByRole('button', { name: 'Actions for Reception' }).click();
  await page.getByRole('menuitem', { name: 'I am at this workstation' }).click();
  await expect(row).toContainText('This one');
  await page.reload();
  await expect(row).toContainText('This one');
  await page.getByRole('button', { name: 'Actions for Reception' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Front desk');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /Front desk/ })).toBeVisible();

  await page.getByRole('button', { name: 'Actions for Front desk' }).click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke workstation' }).click();
  await expect(page.getByRole('row', { name: /Front desk/ })).toHaveCount(0);
  expect(await workstation.refused()).toMatchObject({ reason: 'revoked' });
  expect(await workstation.start()).toMatchObject({ type: 'refused', reason: 'revoked' });
  // The code was for one workstation.
  await expect(Workstation.enrol(command, 'Copycat', '198.19.251.2')).rejects.toThrow('refused: code');
});

test('a person is added with a card that is on the desk: it is read, bound, and its PIN mailed', async ({ house }) => {
  const { workstation, visit } = await office(house);
  const page = await house.page({ as: house.owner, ...visit });
  const wizard = await Wizard.open(page);
  await wizard.type({ 'E-mail': 'carla.card@meadow.example', 'First name': 'Carla', 'Last name': 'Card' });
  await wizard.next('Groups');
  await wizard.next('Security key');
  await page.getByRole('radio', { name: /^Contactless Card/ }).check();
  await page.getByRole('radio', { name: /^Now:/ }).check();
  await wizard.next('Review');
  await expect(page.getByRole('main')).toContainText('Card of Carla');
  await wizard.next('Confirm');
  await wizard.add.click();
  await wizard.added('Carla Card');
  await expect(asked(page)).toBeVisible();

  // A telephone is no badge; the wait goes on.
  await workstation.tap(aPhoneAsCard);
  await expect(page.getByText('This card can’t be used')).toBeVisible();
  const badge = new Badge();
  expect(await workstation.tap(badge)).toMatchObject({ state: 'registering' });
  await expect(works(page, 'Carla Card')).toBeVisible();
  await expect(page.getByText('The PIN is on its way')).toBeVisible();
  await expect.poll(() => pins(house, 'carla.card@meadow.example')).toHaveLength(1);
  expect(await workstation.tap(badge)).toMatchObject({ state: 'known' });
  workstation.stop();
});

test('a card that is somebody’s is refused with their name, and another one is taken', async ({ house }) => {
  const { workstation, visit } = await office(house);
  const holder = await house.add('Hanna Holder', { key: false });
  const other = await house.add('Otis Other', { key: false });
  const badge = new Badge();
  await handOut(house, workstation, holder, badge);
  const page = await house.page({ as: house.owner, ...visit });
  await page.goto(`/users/${other.id}?tab=keys`);
  await settled(page);
  await page.getByRole('button', { name: 'Assign a key' }).click();
  await page.getByRole('radio', { name: 'Contactless Card' }).check();
  await page.getByRole('radio', { name: /^Now:/ }).check();
  await page.getByRole('button', { name: 'Assign key', exact: true }).click();
  await expect(asked(page)).toBeVisible();
  await workstation.tap(badge);
  await expect(page.getByText('is somebody’s already')).toBeVisible();
  await expect(page.getByRole('dialog').getByRole('link', { name: 'Hanna Holder' })).toBeVisible();
  await workstation.tap(new Badge());
  await expect(works(page, 'Otis Other')).toBeVisible();
  expect(await statusOf(house, other)).toBe('active');
  workstation.stop();
});

test('a person activates their card by the link: chooses the computer, taps, chooses a PIN by the rules', async ({ house }) => {
  const { workstation, visit } = await office(house);
  const person = await house.add('Lena Link', { kind: 'contactlessCard' });
  const page = await house.page(visit);
  await page.goto(person.link);
  await expect(page.getByRole('heading', { level: 1, name: 'Activate your card' })).toBeVisible();
  await expect(page.getByRole('radio', { name: workstation.name })).toBeChecked();
  await page.getByRole('button', { name: 'Put my card on the reader' }).click();
  await expect(asked(page)).toBeVisible();
  const badge = new Badge();
  await workstation.tap(badge);
  await expect(page.getByRole('heading', { level: 1, name: 'Choose a PIN' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText(`…${badge.number}`);
  const pin = page.getByLabel('Your new PIN');
  await pin.fill('123456');
  const rules = page.getByRole('list', { name: 'What the PIN has to be like' });
  await expect(rules.getByRole('listitem').filter({ hasText: 'No three in order' })).toContainText('not yet');
  await page.getByRole('button', { name: 'Activate the card' }).click();
  await expect(page.getByText('Choose a PIN that keeps every rule below.')).toBeVisible();
  await pin.fill('482915');
  await expect(rules.getByText('not yet')).toHaveCount(0);
  await page.getByLabel('The PIN once more').fill('482915');
  await page.getByRole('button', { name: 'Activate the card' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your card works' })).toBeVisible();
  expect(await statusOf(house, person)).toBe('active');
  expect(house.keystead.output).not.toContain('482915');

  const again = await house.page(visit);
  await again.goto(person.link);
  await expect(again.getByRole('heading', { level: 1, name: 'This link was used already' })).toBeVisible();
  workstation.stop();
});

test('away from every reader the link waits, and a card of another person is refused without a name', async ({ house }) => {
  const holder = await house.add('Nina Named', { key: false });
  const person = await house.add('Walter Waits', { kind: 'contactlessCard' });
  const { workstation, visit } = await office(house);
  const badge = new Badge();
  await handOut(house, workstation, holder, badge);
  workstation.stop();
  const page = await house.page(visit);
  await page.goto(person.link);
  await expect(page.getByText('No reader was found nearby')).toBeVisible();
  // The agent is started: the page goes on by itself.
  await workstation.start();
  await expect(page.getByRole('radio', { name: workstation.name })).toBeChecked();
  await page.getByRole('button', { name: 'Put my card on the reader' }).click();
  await expect(asked(page)).toBeVisible();
  await workstation.tap(badge);
  await expect(page.getByText('is somebody’s already')).toBeVisible();
  await expect(page.getByRole('main')).not.toContainText('Nina Named');
  await workstation.tap(new Badge());
  await page.getByRole('radio', { name: 'Make one up and mail it to me' }).check();
  await page.getByRole('button', { name: 'Activate the card' }).click();
  await expect(page.getByText('The PIN is in your mail')).toBeVisible();
  workstation.stop();
});

test('a PIN that is forgotten is reset, and a card that is suspended or revoked is out of use at once', async ({ house }) => {
  const { workstation } = await office(house);
  const person = await house.add('Rita Reset', { key: false });
  const badge = new Badge();
  await handOut(house, workstation, person, badge);
  const page = await house.page({ as: house.owner });
  await page.goto(`/users/${person.id}?tab=keys`);
  await settled(page);
  const menu = page.getByRole('button', { name: /^Actions for .* of Rita Reset$/ });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Card and PIN' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(`…${badge.number}`);
  await expect(dialog).toContainText('8 of 8');
  await dialog.getByRole('button', { name: 'Reset PIN…' }).click();
  await dialog.getByRole('button', { name: 'Reset PIN', exact: true }).click();
  await expect(dialog).toContainText('The PIN is on its way');
  await expect.poll(() => pins(house, person.email)).toHaveLength(2);
  const [before, after] = pins(house, person.email);
  expect(after).not.toBe(before);
  await dialog.getByRole('button', { name: 'Done' }).click();

  await menu.click();
  await page.getByRole('menuitem', { name: 'Suspend' }).click();
  await page.getByRole('button', { name: 'Suspend key' }).click();
  await expect(page.getByRole('row', { name: /Suspended/ })).toBeVisible();
  expect(await workstation.tap(badge)).toMatchObject({ state: 'suspended' });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await page.getByRole('radio', { name: /^Lost/ }).check();
  await page.getByRole('button', { name: 'Revoke key' }).click();
  await expect(page.getByRole('row', { name: /Revoked/ })).toBeVisible();
  // A badge of a revoked card is nobody's again.
  expect((await workstation.tap(badge)).state).not.toBe('known');

  await page.goto(`/users/${person.id}?tab=activity`);
  await settled(page);
  await expect(page.getByRole('main')).toContainText('reset the PIN of the key');
  workstation.stop();
});

test('a worn card is replaced: the new one takes over, the old one works no more', async ({ house }) => {
  const { workstation, visit } = await office(house);
  const person = await house.add('Wanda Worn', { key: false });
  const [worn, fresh] = [new Badge(), new Badge()];
  await handOut(house, workstation, person, worn);
  const page = await house.page({ as: house.owner, ...visit });
  await page.goto(`/users/${person.id}?tab=keys`);
  await settled(page);
  await page.getByRole('button', { name: /^Actions for .* of Wanda Worn$/ }).click();
  await page.getByRole('menuitem', { name: 'Card and PIN' }).click();
  await page.getByRole('button', { name: 'Replace…' }).click();
  await page.getByRole('button', { name: 'Replace card' }).click();
  await expect(asked(page)).toBeVisible();
  await workstation.tap(fresh);
  await expect(works(page, 'Wanda Worn')).toBeVisible();
  await expect(page.getByText('The PIN of the old card goes on.')).toBeVisible();
  expect(await workstation.tap(fresh)).toMatchObject({ state: 'known' });
  expect((await workstation.tap(worn)).state).not.toBe('known');
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('row', { name: /Replaced by another key/ })).toBeVisible();
  workstation.stop();
});

test('people reset the PIN of their own card on their page', async ({ house }) => {
  const { workstation } = await office(house);
  const person = await house.addSignedIn('Mila Mypage');
  await handOut(house, workstation, person, new Badge());
  const page = await house.page({ as: person });
  await page.goto('/me');
  await settled(page);
  await page.getByRole('button', { name: 'Actions for Contactless card' }).click();
  await page.getByRole('menuitem', { name: 'Reset PIN' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reset PIN' }).click();
  await expect(page.getByText('The PIN is in your mail')).toBeVisible();
  await expect.poll(() => pins(house, person.email)).toHaveLength(2);
  workstation.stop();
});

test('the card desk hands out card after card by the keyboard alone', async ({ ownHouse }) => {
  const house = await ownHouse();
  const { workstation, visit } = await office(house);
  const group = await house.api.post<Group>('/groups', { name: 'Night shift' });
  const waiting = [
    await house.add('Anton First', { key: false, groupIds: [group.id] }),
    await house.add('Berta Second', { key: false, groupIds: [group.id] }),
  ];
  const searched = await house.add('Clara Found', { key: false });
  const page = await house.page({ as: house.owner, ...visit });
  await page.goto(`/groups/${group.id}`);
  await settled(page);
  await page.getByRole('button', { name: 'Assign keys' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Contactless Card' }).check();
  await dialog.getByRole('radio', { name: /^At the card desk/ }).check();
  await dialog.getByRole('button', { name: 'Assign keys' }).click();
  await expect(dialog).toContainText('2 people got a key.');
  await dialog.getByRole('link', { name: 'Go to the card desk' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Card Desk' })).toBeVisible();
  const search = page.getByRole('combobox', { name: 'Who gets a card?' });
  await expect(page.getByText('2 cards wait to be handed out')).toBeVisible();
  for (const { displayName } of waiting) {
    await expect(page.getByRole('listbox', { name: 'People' }).getByRole('option', { selected: true })).toContainText(displayName);
    await page.keyboard.press('Enter');
    await expect(asked(page)).toBeVisible();
    await workstation.tap(new Badge());
    await expect(page.getByRole('list', { name: 'Handed out last' }).getByRole('link', { name: displayName })).toBeVisible();
    await expect(search).toBeFocused();
  }
  // Somebody for whom none was ordered, as a scanner types it.
  await page.keyboard.type(`${searched.email}`);
  await page.keyboard.press('Enter');
  await expect(asked(page)).toBeVisible();
  // Not now: the key goes on waiting, but this person is not the next one again.
  await page.keyboard.press('Escape');
  await expect(search).toBeFocused();
  await page.keyboard.type('clara');
  await expect(page.getByRole('listbox', { name: 'People' }).getByRole('option', { selected: true })).toContainText('waits for a card');
  await page.keyboard.press('Enter');
  await expect(asked(page)).toBeVisible();
  await workstation.tap(new Badge());
  await expect(page.getByRole('heading', { name: 'Handed out: 3' })).toBeVisible();
  for (const person of [...waiting, searched]) expect(await statusOf(house, person)).toBe('active');
  workstation.stop();
});

test('without a mail server the PIN is shown once, and a card may go without one where the settings allow it', async ({ ownHouse }) => {
  const house = await ownHouse({ mail: false });
  const { workstation, visit } = await office(house);
  const person = await house.add('Mona Mailless', { key: false });
  const page = await house.page({ as: house.owner, ...visit });
  const assign = async () => {
    await page.goto(`/users/${person.id}?tab=keys`);
    await settled(page);
    await page.getByRole('button', { name: 'Assign a key' }).click();
    await page.getByRole('radio', { name: 'Contactless Card' }).check();
    await page.getByRole('radio', { name: /^Now:/ }).check();
  };
  const confirm = () => page.getByRole('button', { name: 'Assign key', exact: true }).click();
  await assign();
  await expect(page.getByRole('radio', { name: /^Without a PIN/ })).toHaveCount(0);
  await confirm();
  await expect(asked(page)).toBeVisible();
  await workstation.tap(new Badge());
  await expect(page.getByText('Hand over this PIN yourself')).toBeVisible();
  expect(await page.getByRole('textbox', { name: /^PIN of the card/ }).inputValue()).toMatch(/^[2-9]{6}$/);
  await page.getByRole('button', { name: 'Done' }).click();

  await page.goto('/settings?tab=cards');
  await settled(page);
  await page.getByRole('radio', { name: 'Cards may go without a PIN' }).check();
  await expect(page.getByText('A card without a PIN is no more than its number')).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Settings saved').first()).toBeVisible();
  await assign();
  await page.getByRole('radio', { name: /^Without a PIN/ }).check();
  await confirm();
  await expect(asked(page)).toBeVisible();
  await workstation.tap(new Badge());
  await expect(page.getByText('This card has no PIN')).toBeVisible();
  workstation.stop();
});
