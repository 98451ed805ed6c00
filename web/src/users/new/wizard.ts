// The state of the New User wizard: what was typed, which step can be shown and
// what is wrong with it. Pure; the page beside it draws it and talks to the server.

import type { NewUser } from '../../api';
import { joinPhone, phoneProblem, type PhoneParts } from '../../shared/countries';

/** The steps, in order. */
export const steps = ['info', 'groups', 'key', 'review', 'confirm'] as const;
export type Step = (typeof steps)[number];

export const stepNames: Record<Step, string> = {
  info: 'User info',
  groups: 'Groups',
  key: 'Security key',
  review: 'Review',
  confirm: 'Confirm',
};

/** The kinds of key the wizard can assign. A further kind is a further entry. */
export const assignableKinds = [
  {
    kind: 'smartphone',
    name: 'Smartphone',
    description:
      'The person’s own phone, unlocked by fingerprint, face or code. It signs them in on the phone and at any computer nearby.',
  },
  {
    kind: 'contactlessCard',
    name: 'Contactless Card',
    description:
      'The badge that opens doors, put on the reader of a computer where Keystead’s agent runs. Browsers there see a security key.',
  },
  {
    kind: 'hardwareKey',
    name: 'FIDO2 Hardware Security Key',
    description:
      'A USB, NFC or Bluetooth key that the person owns or gets from you. They receive a registration link and set it up themselves.',
  },
] as const;
export type AssignableKind = (typeof assignableKinds)[number]['kind'];
export type Activation = 'link' | 'now';

export interface ChosenGroup {
  readonly id: string;
  readonly name: string;
}

/** Everything typed so far. Empty text means "not given". */
export interface Draft {
  readonly email: string;
  readonly userName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly displayName: string;
  readonly phone: PhoneParts;
  readonly title: string;
  readonly department: string;
  readonly preferredLanguage: string;
  readonly groups: readonly ChosenGroup[];
  readonly assignKey: boolean;
  readonly keyKind: AssignableKind;
  /** How a smartphone or a card is activated: by a link, or at once, beside the administrator. */
  readonly activation: Activation;
  /** What a card is called; a name is proposed where nothing is typed. */
  readonly keyName: string;
  /** Whether a card is to have a PIN. */
  readonly withPin: boolean;
  readonly note: string;
}

/** The fields a message can be shown at. */
export type Field =
  | 'email'
  | 'userName'
  | 'givenName'
  | 'familyName'
  | 'displayName'
  | 'phone'
  | 'title'
  | 'department'
  | 'preferredLanguage'
  | 'groupIds'
  | 'key'
  | 'note';

export type Problems = Readonly<Partial<Record<Field, string>>>;

export interface WizardState {
  readonly draft: Draft;
  /** The furthest step that has been opened; every step up to it can be gone to. */
  readonly reached: Step;
  readonly problems: Problems;
}

export type WizardAction =
  | { type: 'typed'; change: Partial<Draft> }
  | { type: 'reached'; step: Step }
  | { type: 'refused'; problems: Problems }
  | { type: 'restarted'; homeIso: string };

export function emptyDraft(homeIso: string): Draft {
  return {
    email: '',
    userName: '',
    givenName: '',
    familyName: '',
    displayName: '',
    phone: { iso: homeIso, number: '' },
    title: '',
    department: '',
    preferredLanguage: '',
    groups: [],
    assignKey: true,
    keyKind: 'hardwareKey',
    activation: 'link',
    keyName: '',
    withPin: true,
    note: '',
  };
}

export function startWizard(homeIso: string): WizardState {
  return { draft: emptyDraft(homeIso), reached: 'info', problems: {} };
}

export function wizard(state: WizardState, action: WizardAction): WizardState {
  switch (action.type) {
    case 'typed':
      return {
        ...state,
        draft: { ...state.draft, ...action.change },
        problems: without(state.problems, changedFields(action.change)),
      };
    case 'reached':
      return steps.indexOf(action.step) > steps.indexOf(state.reached)
        ? { ...state, reached: action.step }
        : state;
    case 'refused':
      return { ...state, problems: { ...state.problems, ...action.problems } };
    case 'restarted':
      return startWizard(action.homeIso);
  }
}

const keyFields: ReadonlySet<keyof Draft> = new Set(['assignKey', 'keyKind', 'activation', 'keyName', 'withPin']);

function changedFields(change: Partial<Draft>): Field[] {
  const fields: Field[] = [];
  for (const name of Object.keys(change) as (keyof Draft)[]) {
    if (name === 'groups') fields.push('groupIds');
    else if (keyFields.has(name)) fields.push('key');
    // The user name defaults to the e-mail, so a new e-mail settles both.
    else if (name === 'email') fields.push('email', 'userName');
    else fields.push(name as Field);
  }
  return fields;
}

function without(problems: Problems, fields: readonly Field[]): Problems {
  const rest = { ...problems };
  for (const field of fields) delete rest[field];
  return rest;
}

/** The step at which a field is edited. */
export function stepOf(field: Field): Step {
  switch (field) {
    case 'groupIds':
      return 'groups';
    case 'key':
      return 'key';
    case 'note':
      return 'review';
    default:
      return 'info';
  }
}

export function nextStep(step: Step): Step {
  return steps[Math.min(steps.indexOf(step) + 1, steps.length - 1)] as Step;
}

export function previousStep(step: Step): Step {
  return steps[Math.max(steps.indexOf(step) - 1, 0)] as Step;
}

/** The step to show for a wanted one: never one that has not been reached yet. */
export function allowedStep(state: WizardState, wanted: Step): Step {
  return steps.indexOf(wanted) <= steps.indexOf(state.reached) ? wanted : state.reached;
}

/** The user name that will be saved: what was typed, else the e-mail. */
export function effectiveUserName(draft: Draft): string {
  return draft.userName.trim() || draft.email.trim();
}

/** How the person will be called: what was typed, else first and last name, else the user name. */
export function effectiveDisplayName(draft: Draft): string {
  return (
    draft.displayName.trim() ||
    [draft.givenName.trim(), draft.familyName.trim()].filter(Boolean).join(' ') ||
    effectiveUserName(draft)
  );
}

/** The name to speak of the person with: the first name where there is one. */
export function shortName(draft: Draft): string {
  return draft.givenName.trim() || effectiveDisplayName(draft);
}

/** True when leaving would lose something the person typed or chose. */
export function hasTyped(draft: Draft): boolean {
  const { email, userName, givenName, familyName, displayName, phone, title, department, preferredLanguage, note } =
    draft;
  const text = [email, userName, givenName, familyName, displayName, phone.number, title, department, preferredLanguage, note];
  return text.some((value) => value.trim() !== '') || draft.groups.length > 0;
}

// One @ with something on both sides, and a dot in the domain; whether the mailbox exists only a
// mail can tell, so nothing finer is worth refusing here.
const emailShape = /^[^\s@<>,;"]+@(localhost|[^\s@<>,;"]+\.[^\s@<>,;".]+)$/;

export function emailProblem(email: string): string | null {
  const typed = email.trim();
  if (typed === '') return 'Enter an e-mail address. The registration link goes there.';
  if (!emailShape.test(typed)) return 'This is not an e-mail address. It should look like jane@example.com.';
  if (typed.length > 254) return 'This e-mail address is too long. An address has at most 254 characters.';
  return null;
}

/** What the panel itself can tell is wrong with a step, before any server is asked. */
export function problemsOf(step: Step, draft: Draft): Problems {
  if (step !== 'info') return {};
  const problems: Partial<Record<Field, string>> = {};
  const email = emailProblem(draft.email);
  if (email) problems.email = email;
  const phone = phoneProblem(draft.phone);
  if (phone) problems.phone = phone;
  return problems;
}

/** The first step that holds one of the problems. */
export function firstStepWith(problems: Problems): Step | null {
  for (const step of steps) {
    if ((Object.keys(problems) as Field[]).some((field) => stepOf(field) === step)) return step;
  }
  return null;
}

const fields: readonly Field[] = [
  'email', 'userName', 'givenName', 'familyName', 'displayName', 'phone',
  'title', 'department', 'preferredLanguage', 'groupIds', 'key', 'note',
];

/**
 * Sorts a refusal's errors into the wizard's fields. Errors that belong to no
 * field come back as `others`, to be shown above the buttons.
 */
export function fieldProblems(errors: readonly { field: string; message: string }[]): {
  problems: Problems;
  others: string[];
} {
  const problems: Partial<Record<Field, string>> = {};
  const others: string[] = [];
  for (const error of errors) {
    const head = error.field.replace(/^[/$.]+/, '').split(/[.[/]/)[0];
    const field = fields.find((known) => known === head);
    if (field) problems[field] ??= error.message;
    else others.push(error.message);
  }
  return { problems, others };
}

/** What a card is called unless another name is typed. */
export function proposedCardName(person: string): string {
  return `Card of ${person}`.slice(0, 100);
}

/** Whether a phone or a card is activated on the spot: no link leaves then. */
export function isOnTheSpot({ assignKey, keyKind, activation }: Draft): boolean {
  return assignKey && keyKind !== 'hardwareKey' && activation === 'now';
}

/** The body of the one request that writes the person, the memberships and the key. */
export function requestBody(draft: Draft): NewUser {
  const body: NewUser = { email: draft.email.trim() };
  const names = ['userName', 'givenName', 'familyName', 'title', 'department', 'preferredLanguage'] as const;
  for (const name of names) {
    const value = draft[name].trim();
    if (value) body[name] = value;
  }
  // Always sent, so that what the review showed is what is saved.
  body.displayName = effectiveDisplayName(draft);
  const phone = joinPhone(draft.phone);
  if (phone) body.phone = phone;
  if (draft.groups.length > 0) body.groupIds = draft.groups.map((group) => group.id);
  if (draft.assignKey) {
    body.key = {
      kind: draft.keyKind,
      ...(isOnTheSpot(draft) && { activation: 'now' as const }),
      ...(draft.keyKind === 'contactlessCard' && {
        name: draft.keyName.trim() || proposedCardName(shortName(draft)),
        withPin: draft.withPin,
      }),
    };
    const note = isOnTheSpot(draft) ? '' : draft.note.trim();
    if (note) body.note = note;
  }
  return body;
}

/** What the wizard keeps in the URL: its step. */
export function parseWizardSearch(search: Record<string, unknown>): { step?: Step } {
  const step = steps.find((known) => known === search['step']);
  return step && step !== 'info' ? { step } : {};
}
