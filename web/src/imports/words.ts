// The words people read for what an import is, does and finds.
import type { Import, ImportField, ImportMode, ImportSource, ImportState, RowResult, Verdict } from '../api';

export const sourceNames: Record<ImportSource, string> = { csv: 'CSV file', entra: 'Entra ID' };

export const stateNames: Record<ImportState, string> = {
  draft: 'Draft',
  reading: 'Reading',
  planning: 'Planning',
  ready: 'Waits for you',
  applying: 'Importing',
  finished: 'Finished',
  failed: 'Stopped by an error',
  cancelled: 'Cancelled',
  undoing: 'Being undone',
  undone: 'Undone',
};

export const modes: readonly ImportMode[] = ['both', 'new', 'update'];
export const modeNames: Record<ImportMode, string> = {
  both: 'Update existing and add new',
  new: 'New people only',
  update: 'Update existing only',
};
export const modeMeanings: Record<ImportMode, string> = {
  both: 'People who are here already get the values of the source; everybody else is added.',
  new: 'People who are here already stay exactly as they are.',
  update: 'People who are here already get the values of the source; nobody is added.',
};

export const verdicts: readonly Verdict[] = [
  'create', 'update', 'deactivate', 'unchanged', 'conflict', 'skipped', 'rejected',
];
/** What is planned for a row. */
export const verdictNames: Record<Verdict, string> = {
  create: 'Add',
  update: 'Change',
  deactivate: 'Disable',
  unchanged: 'No change',
  conflict: 'Conflict',
  skipped: 'Skip',
  rejected: 'Rejected',
};
/** The same over a count. */
export const verdictCounts: Record<Verdict, string> = {
  create: 'will be added',
  update: 'will be changed',
  deactivate: 'will be disabled',
  unchanged: 'need no change',
  conflict: 'are in conflict',
  skipped: 'are left out',
  rejected: 'are rejected',
};
export const verdictMeanings: Record<Verdict, string> = {
  create: 'They are not here yet.',
  update: 'Here already, with other values.',
  deactivate: 'They left the source, or are disabled there.',
  unchanged: 'Here already, with the same values.',
  conflict: 'Not sure who is meant, or they hold a role.',
  skipped: 'Left out by what you have chosen.',
  rejected: 'Something in the row is wrong.',
};

export const results: readonly RowResult[] = ['created', 'updated', 'deactivated', 'unchanged', 'skipped', 'failed'];
/** What became of a row. */
export const resultNames: Record<RowResult, string> = {
  created: 'Added',
  updated: 'Changed',
  deactivated: 'Disabled',
  unchanged: 'No change',
  skipped: 'Skipped',
  failed: 'Failed',
};
export const resultCounts: Record<RowResult, string> = {
  created: 'added',
  updated: 'changed',
  deactivated: 'disabled',
  unchanged: 'unchanged',
  skipped: 'skipped',
  failed: 'failed',
};

/** Why a row is not simply taken, as half a sentence that stands on its own. */
const reasons: Readonly<Record<string, string>> = {
  missingEmail: 'The e-mail address is missing',
  malformedEmail: 'The e-mail address is not one',
  duplicateInFile: 'The same person stands further up in the file',
  tooLong: 'A value is too long',
  unknownGroup: 'There is no group of this name',
  badBoolean: 'A yes-or-no value is neither',
  malformed: 'The row can’t be read',
  severalMatches: 'Several people here match',
  sharedEmail: 'Several people of the source have this e-mail address',
  holdsRole: 'Holds a role, and is only changed when ticked',
  outranks: 'Holds a role that you may not change',
  linkedElsewhere: 'Comes from another directory already',
  managedByScim: 'Is managed by SCIM, and is changed in the directory',
  userNameTaken: 'Somebody else has this user name',
  alreadyHere: 'Is here already, and you import new people only',
  notHere: 'Is not here yet, and you update existing people only',
  guest: 'Is a guest',
  disabledAtSource: 'Is disabled at the source',
  leftSource: 'Is not in the source any more',
  disabledInSource: 'Was disabled at the source',
  lastOwner: 'Is the last owner, who is never disabled',
  yourself: 'This is you; nobody disables themselves by an import',
  changedMeanwhile: 'Was changed by somebody after the plan was made; their change stands',
  deletedMeanwhile: 'Was deleted after the plan was made',
};

/** A reason in words; one of a newer server is shown by its name. */
export function reasonWords(reason: string): string {
  return reasons[reason] ?? reason;
}

export const fields: readonly ImportField[] = [
  'email', 'userName', 'displayName', 'givenName', 'familyName', 'phone', 'title', 'department',
  'preferredLanguage', 'externalId', 'active', 'blocked', 'groups',
];
const fieldWords: Readonly<Record<string, string>> = {
  email: 'E-mail',
  userName: 'User name',
  displayName: 'Display name',
  givenName: 'First name',
  familyName: 'Last name',
  phone: 'Phone',
  title: 'Job title',
  department: 'Department',
  preferredLanguage: 'Preferred language',
  externalId: 'External ID',
  active: 'Enabled (yes or no)',
  blocked: 'Sign-in blocked (yes or no)',
  groups: 'Groups',
};
export function fieldName(field: string): string {
  return fieldWords[field] ?? field;
}

/** A value of a change as text. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length > 0 ? value.map(valueWords).join(', ') : 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const number = (count: number): string => count.toLocaleString('en');
export const people = (count: number): string => `${number(count)} ${count === 1 ? 'person' : 'people'}`;

/** Parts as a list with "and": "3 people added, 1 changed and 2 failed". */
const joined = new Intl.ListFormat('en-GB');

/** The counts of an outcome in one line; "Nothing was changed" is an answer of its own, not a success. */
export function outcomeWords(outcome: NonNullable<Import['outcome']>): string {
  const parts = (['created', 'updated', 'deactivated', 'failed'] as const)
    .filter((result) => outcome[result] > 0)
    .map((result) => `${number(outcome[result])} ${resultCounts[result]}`);
  return changed(outcome) === 0 && outcome.failed === 0 ? 'Nothing was changed' : joined.format(parts);
}

/** How many people an outcome changed. */
export function changed(outcome: NonNullable<Import['outcome']>): number {
  return outcome.created + outcome.updated + outcome.deactivated;
}

/** The plan in one line, for lists. */
export function planWords(plan: NonNullable<Import['plan']>): string {
  const parts = [
    plan.create > 0 ? `${number(plan.create)} to add` : '',
    plan.update > 0 ? `${number(plan.update)} to change` : '',
    plan.deactivate > 0 ? `${number(plan.deactivate)} to disable` : '',
  ].filter(Boolean);
  return parts.length > 0 ? joined.format(parts) : 'Nothing to change';
}

/** How many people confirming would change, those who need a tick and have none left out by the server. */
export function planned(plan: NonNullable<Import['plan']>): number {
  return plan.create + plan.update + plan.deactivate;
}
