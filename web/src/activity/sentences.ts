// Turns the activity record into sentences. The record says "key.suspended"; a
// person reads "suspended the key Blue YubiKey of Jane Doe".

/** The parts of a record that a sentence is made of. */
export interface Told {
  readonly action: string;
  readonly actor: { readonly type: string; readonly id: string | null; readonly name: string | null };
  readonly target: { readonly type: string; readonly id: string | null; readonly name: string | null } | null;
  readonly user: { readonly id: string; readonly name: string } | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What each action is called where one is chosen, in the order it is offered. */
export const actionNames: Readonly<Record<string, string>> = {
  'user.created': 'Person added',
  'user.updated': 'Person changed',
  'user.disabled': 'Person disabled',
  'user.enabled': 'Person enabled',
  'user.deleted': 'Person deleted',
  'user.linked': 'Person linked with the directory',
  'group.created': 'Group created',
  'group.updated': 'Group changed',
  'group.deleted': 'Group deleted',
  'group.member.added': 'Member added to group',
  'group.member.removed': 'Member removed from group',
  'key.assigned': 'Key assigned',
  'key.renamed': 'Key renamed',
  'key.registered': 'Key registered',
  'key.link.resent': 'Registration link sent again',
  'key.codeShown': 'Code for a phone shown',
  'key.codeUsed': 'Code opened on a phone',
  'key.cancelled': 'Key cancelled',
  'key.expired': 'Registration link expired',
  'key.suspended': 'Key suspended',
  'key.resumed': 'Key resumed',
  'key.revoked': 'Key revoked',
  'key.reportedLost': 'Key reported lost',
  'key.counterRegressed': 'Possible copy of a key',
  'card.bound': 'Card handed out',
  'card.pin.changed': 'PIN of a card changed',
  'card.pin.reset': 'PIN of a card reset',
  'card.blocked': 'Card blocked',
  'card.unblocked': 'Card unblocked',
  'card.passkey.registered': 'Passkey made with a card',
  'card.passkey.used': 'Signed in with a card',
  'card.passkey.removed': 'Passkey removed from a card',
  'workstation.codeMade': 'Code for a workstation made',
  'workstation.enrolled': 'Workstation enrolled',
  'workstation.renamed': 'Workstation renamed',
  'workstation.revoked': 'Workstation revoked',
  'signin.succeeded': 'Signed in',
  'signin.refused': 'Sign-in refused',
  signout: 'Signed out',
  'stepUp.succeeded': 'Identity confirmed',
  'stepUp.refused': 'Confirmation refused',
  'setup.linkCreated': 'Setup link created',
  'setup.completed': 'Setup completed',
  'owner.recoveryLinkCreated': 'Owner recovery link created',
  'owner.recovered': 'Owner recovered',
  'apiKey.created': 'API key created',
  'apiKey.revoked': 'API key revoked',
  'scimToken.created': 'SCIM token created',
  'scimToken.revoked': 'SCIM token revoked',
  'scimSettings.updated': 'SCIM settings changed',
  'scimConflict.forgotten': 'SCIM conflict forgotten',
  'import.planned': 'Import planned',
  'import.confirmed': 'Import confirmed',
  'import.finished': 'Import finished',
  'import.failed': 'Import stopped by an error',
  'import.cancelled': 'Import cancelled',
  'import.undone': 'Import undone',
  'schedule.created': 'Schedule of imports created',
  'schedule.updated': 'Schedule of imports changed',
  'schedule.deleted': 'Schedule of imports deleted',
  'entra.saved': 'Connection to Entra ID saved',
  'entra.certificateMade': 'Certificate for Entra ID made',
  'entra.certificateUsed': 'New certificate for Entra ID taken into use',
  'entra.authorized': 'Entra ID authorized',
  'entra.deleted': 'Entra ID disconnected',
  'settings.updated': 'Settings changed',
  'alert.dismissed': 'Alert dismissed',
  'mail.givenUp': 'Mail could not be delivered',
};

/** The name of an action; an action of a newer server is shown by its code. */
export function actionName(action: string): string {
  return actionNames[action] ?? action;
}

/** Who did it, in words. */
export function actorName(actor: Told['actor']): string {
  switch (actor.type) {
    case 'system':
      return 'Keystead';
    case 'cli':
      return 'Command line';
    case 'apiKey':
      return actor.name ? `API key ${actor.name}` : 'An API key';
    case 'scim':
      return actor.name ? `SCIM client ${actor.name}` : 'A SCIM client';
    case 'link':
      return actor.name ?? 'Holder of a link';
    default:
      return actor.name ?? 'Somebody';
  }
}

// Stands around the person's name inside a sentence until it is known how names are shown. A
// control character, so that no name can hold it.
const mark = '\u0001';

/** What was done, without the doer: "suspended the key Blue YubiKey of Jane Doe". */
export function deed(event: Told): string {
  return marked(event).replaceAll(mark, '');
}

/** The same in pieces, so that the person's name can lead to their page; `name` is empty where no person is named. */
export function deedParts(event: Told): { before: string; name: string; after: string } {
  const [before = '', name = '', ...after] = marked(event).split(mark);
  return { before, name, after: after.join('') };
}

function marked(event: Told): string {
  const { target, user, details } = event;
  const named = (kind: string): string =>
    target?.name ? `the ${kind} ${target.name}` : `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`;
  const self = user !== null && user.id === event.actor.id;
  const whom = user ? marking(user.name) : ((target?.type === 'user' ? target.name : null) ?? 'a person');
  const of = user === null || self ? '' : ` of ${marking(user.name)}`;
  const key = `${named('key')}${of}`;

  switch (event.action) {
    case 'user.created':
      return `added ${whom}`;
    case 'user.updated':
      return `changed ${self ? 'their own details' : `the details of ${whom}`}${changedList(details)}`;
    case 'user.disabled':
      return `disabled ${whom}`;
    case 'user.enabled':
      return `enabled ${whom}`;
    case 'user.deleted':
      return `deleted ${whom}`;
    case 'user.linked':
      return `linked ${whom} with the directory that calls by SCIM`;
    case 'group.created':
      return `created ${named('group')}`;
    case 'group.updated':
      return `changed ${named('group')}${changedList(details)}`;
    case 'group.deleted':
      return `deleted ${named('group')}`;
    case 'group.member.added':
      return `added ${whom} to ${named('group')}`;
    case 'group.member.removed':
      return `removed ${whom} from ${named('group')}`;
    case 'key.assigned':
      return `assigned ${target?.name ? `the key ${target.name}` : 'a key'} to ${whom}`;
    case 'key.renamed':
      return `renamed ${key}${renamed(details)}`;
    case 'key.registered':
      return `registered ${key}`;
    case 'key.codeShown':
      return `showed a code for ${key}`;
    case 'key.codeUsed':
      return `opened the code for ${key} on a phone`;
    case 'key.link.resent':
      return `sent the registration link for ${key} again`;
    case 'key.cancelled':
      return `cancelled ${key} before it was registered`;
    case 'key.expired':
      return `let the registration link for ${key} expire`;
    case 'key.suspended':
      return `suspended ${key}`;
    case 'key.resumed':
      return `resumed ${key}`;
    case 'key.revoked':
      return `revoked ${key}${reason(details)}`;
    case 'key.reportedLost':
      return `reported ${key} lost`;
    case 'key.counterRegressed':
      return `suspended ${key}: its counter went back, it may have been copied`;
    case 'card.bound':
      return `bound the card${text(details, 'number', ' …')} to ${key}${text(details, 'workstation', ' at ')}`;
    case 'card.pin.changed':
      return `changed the PIN of ${key}`;
    case 'card.pin.reset':
      return `reset the PIN of ${key}${lostPasskeys(details)}`;
    case 'card.blocked':
      return `blocked ${key} by too many wrong PINs`;
    case 'card.unblocked':
      return `unblocked ${key}`;
    case 'card.passkey.registered':
      return `registered ${key}${text(details, 'relyingParty', ' at ')}${text(details, 'workstation', ', sitting at ')}`;
    case 'card.passkey.used':
      return `signed in${text(details, 'relyingParty', ' to ')} with ${key}${text(details, 'workstation', ', sitting at ')}`;
    case 'card.passkey.removed':
      return `removed the passkey${text(details, 'relyingParty', ' for ')} from ${key}`;
    case 'workstation.codeMade':
      return 'made a code for enrolling a workstation';
    case 'workstation.enrolled':
      return `enrolled ${named('workstation')}${text(details, 'codeMadeBy', ', with a code made by ')}`;
    case 'workstation.renamed':
      return `renamed ${named('workstation')}${renamed(details)}`;
    case 'workstation.revoked':
      return `revoked ${named('workstation')}`;
    case 'signin.succeeded':
      return `signed in${withKey(details)}`;
    case 'signin.refused':
      return `was refused at sign-in${withKey(details)}`;
    case 'signout':
      return 'signed out';
    case 'stepUp.succeeded':
      return 'confirmed their identity with their key';
    case 'stepUp.refused':
      return `was refused when confirming their identity${withKey(details)}`;
    case 'setup.linkCreated':
      return 'created a setup link';
    case 'setup.completed':
      return 'set up Keystead';
    case 'owner.recoveryLinkCreated':
      return `created a recovery link for ${whom}`;
    case 'owner.recovered':
      return 'recovered their owner account with a new passkey';
    case 'apiKey.created':
      return `created ${named('API key')}`;
    case 'apiKey.revoked':
      return `revoked ${named('API key')}`.replace('a API', 'an API');
    case 'scimToken.created':
      return `created ${named('SCIM token')}`;
    case 'scimToken.revoked':
      return `revoked ${named('SCIM token')}`;
    case 'scimSettings.updated':
      return `changed the settings of SCIM${changedList(details)}`;
    case 'scimConflict.forgotten':
      return `forgot a conflict of SCIM${user ? ` about ${marking(user.name)}` : ''}`;
    case 'import.planned':
      return `planned ${named('import')}`;
    case 'import.confirmed':
      return `confirmed ${named('import')}`;
    case 'import.finished':
      return `finished ${named('import')}`;
    case 'import.failed':
      return `had to stop ${named('import')}`;
    case 'import.cancelled':
      return `cancelled ${named('import')}`;
    case 'import.undone':
      return `undid ${named('import')}`;
    case 'schedule.created':
      return `created ${named('schedule')}`;
    case 'schedule.updated':
      return `changed ${named('schedule')}${changedList(details)}`;
    case 'schedule.deleted':
      return `deleted ${named('schedule')}`;
    case 'entra.saved':
      return `saved the connection to Entra ID${changedList(details)}`;
    case 'entra.certificateMade':
      return 'made a certificate for Entra ID';
    case 'entra.certificateUsed':
      return 'took the new certificate for Entra ID into use';
    case 'entra.authorized':
      return 'authorized Keystead in Entra ID';
    case 'entra.deleted':
      return 'disconnected Entra ID';
    case 'settings.updated':
      return `changed the settings${changedList(details)}`;
    case 'alert.dismissed':
      return `dismissed the alert${target?.name ? ` “${target.name}”` : ''}`;
    case 'mail.givenUp':
      return `gave up delivering a mail${user ? ` to ${marking(user.name)}` : ''}`;
    default:
      return event.action;
  }
}

function marking(name: string): string {
  return `${mark}${name}${mark}`;
}

/** The whole sentence, for people who hear the row instead of seeing it. */
export function sentence(event: Told): string {
  return `${actorName(event.actor)} ${deed(event)}`;
}

const reasons: Readonly<Record<string, string>> = {
  lost: 'lost',
  stolen: 'stolen',
  replaced: 'replaced',
  left: 'the person left',
};

function reason(details: Told['details']): string {
  const given = details['reason'];
  if (typeof given !== 'string' || given === '') return '';
  return `: ${reasons[given] ?? given}`;
}

function renamed(details: Told['details']): string {
  const name = details['name'];
  return isChange(name) && typeof name.old === 'string' ? `, which was called ${name.old}` : '';
}

/** A detail after some words, or nothing where there is none. */
function text(details: Told['details'], name: string, words: string): string {
  const value = details[name];
  return typeof value === 'string' && value !== '' ? `${words}${value}` : '';
}

function lostPasskeys(details: Told['details']): string {
  const lost = details['passkeysLost'];
  return typeof lost === 'number' && lost > 0 ? `: ${lost} ${lost === 1 ? 'passkey' : 'passkeys'} went with it` : '';
}

function withKey(details: Told['details']): string {
  const name = details['keyName'];
  return typeof name === 'string' && name !== '' ? ` with the key ${name}` : '';
}

/** What a field is called on screen. */
export const fieldNames: Readonly<Record<string, string>> = {
  userName: 'user name',
  email: 'e-mail',
  givenName: 'first name',
  familyName: 'last name',
  displayName: 'display name',
  phone: 'phone',
  title: 'job title',
  department: 'department',
  preferredLanguage: 'preferred language',
  externalId: 'external ID',
  keyName: 'key',
  expiresAt: 'runs out',
  linkExpiresAt: 'link runs out',
  name: 'name',
  description: 'description',
  role: 'role',
  organisationName: 'organisation name',
  linkLifetimeHours: 'link lifetime',
  sessionIdleMinutes: 'idle limit',
  sessionAbsoluteHours: 'sign-in limit',
  attestation: 'attestation',
  allowedAaguids: 'allowed models',
  paused: 'paused',
  grantRoles: 'handing out roles',
  adoptByEmail: 'linking by e-mail address',
  networks: 'allowed networks',
  origin: 'source',
  number: 'card number',
  identity: 'told apart by',
  pin: 'PIN',
  relyingParty: 'site',
  passkeysLost: 'passkeys lost',
  cardPolicy: 'rules of cards',
  cardAuditing: 'record of card use',
  codeMadeBy: 'code made by',
};

// A change is recorded as the old and the new value of each field.
function isChange(value: unknown): value is { old: unknown; new: unknown } {
  return typeof value === 'object' && value !== null && 'old' in value && 'new' in value;
}

function changedList(details: Told['details']): string {
  const names = Object.entries(details).flatMap(([name, value]) => (isChange(value) ? [fieldNames[name] ?? name] : []));
  return names.length > 0 ? `: ${names.join(', ')}` : '';
}

/** The details as lines to read: a name and its value, nested values on one line. */
export function detailLines(details: Told['details']): { name: string; value: string }[] {
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => ({ name: spaced(name), value: shown(value) }));
}

function spaced(name: string): string {
  const known = fieldNames[name];
  const words = known ?? name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function shown(value: unknown): string {
  if (value === null || value === '') return 'nothing';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length > 0 ? value.map(shown).join(', ') : 'nothing';
  if (isChange(value)) return `${shown(value.old)} → ${shown(value.new)}`;
  return JSON.stringify(value);
}
