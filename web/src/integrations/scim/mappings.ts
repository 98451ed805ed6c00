// What has to be set in Entra ID's attribute mappings, in Entra's own terms. Data.

export interface Mapping {
  /** The attribute of the application ("customappsso"). */
  target: string;
  /** The attribute of Entra ID, or the expression that makes the value. */
  source: string;
  type: 'Direct' | 'Expression';
  /** The matching precedence, where the attribute is matched by. */
  matching?: number;
}

export const userMappings: readonly Mapping[] = [
  { target: 'externalId', source: 'objectId', type: 'Direct', matching: 1 },
  { target: 'active', source: 'Switch([IsSoftDeleted], , "False", "True", "True", "False")', type: 'Expression' },
  { target: 'displayName', source: 'displayName', type: 'Direct' },
  { target: 'emails[type eq "work"].value', source: 'userPrincipalName', type: 'Direct' },
  { target: 'userName', source: 'objectId', type: 'Direct' },
  { target: 'name.givenName', source: 'givenName', type: 'Direct' },
  { target: 'name.familyName', source: 'surname', type: 'Direct' },
  { target: 'name.formatted', source: 'Join(" ", [givenName], [surname])', type: 'Expression' },
];

export const groupMappings: readonly Mapping[] = [
  { target: 'externalId', source: 'objectId', type: 'Direct', matching: 1 },
  { target: 'displayName', source: 'displayName', type: 'Direct' },
  { target: 'members', source: 'members', type: 'Direct' },
];

export interface ListedAttribute {
  name: string;
  type: 'String' | 'Boolean' | 'Reference';
  /** The boxes to tick in Entra's table. */
  notes?: string;
  /** Whether Entra's own list lacks it, so that it is added by hand. */
  add?: boolean;
}

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const keystead = 'urn:ietf:params:scim:schemas:extension:keystead:2.0:User';
const strings = (names: readonly string[]): ListedAttribute[] => names.map((name) => ({ name, type: 'String' }));

/** Those that are added by hand first: they are what the list is opened for. */
export const userAttributes: readonly ListedAttribute[] = [
  { name: 'roles[primary eq "True"].value', type: 'String', notes: 'Only where roles come from the directory', add: true },
  { name: `${keystead}:immutableId`, type: 'String', notes: 'Exact case', add: true },
  ...[1, 2, 3, 4, 5].map(
    (number): ListedAttribute => ({ name: `${keystead}:extraAttribute${number}`, type: 'String', notes: 'Free to use', add: true }),
  ),
  { name: 'id', type: 'String', notes: 'Primary key, required' },
  { name: 'externalId', type: 'String' },
  { name: 'userName', type: 'String', notes: 'Required' },
  { name: 'active', type: 'Boolean' },
  ...strings([
    'displayName',
    'title',
    'emails[type eq "work"].value',
    'preferredLanguage',
    'name.givenName',
    'name.familyName',
    'name.formatted',
    'name.middleName',
    'name.honorificPrefix',
    'name.honorificSuffix',
    'addresses[type eq "work"].formatted',
    'addresses[type eq "work"].streetAddress',
    'addresses[type eq "work"].locality',
    'addresses[type eq "work"].region',
    'addresses[type eq "work"].postalCode',
    'addresses[type eq "work"].country',
    'addresses[type eq "other"].formatted',
    'phoneNumbers[type eq "work"].value',
    'phoneNumbers[type eq "mobile"].value',
    'phoneNumbers[type eq "fax"].value',
    'nickName',
    'userType',
    'locale',
    'timezone',
    'profileUrl',
    'roles',
    `${enterprise}:employeeNumber`,
    `${enterprise}:department`,
    `${enterprise}:costCenter`,
    `${enterprise}:organization`,
    `${enterprise}:division`,
  ]),
  { name: `${enterprise}:manager`, type: 'Reference', notes: 'Referenced object: User' },
];

export const groupAttributes: readonly ListedAttribute[] = [
  { name: 'description', type: 'String', add: true },
  { name: 'id', type: 'String', notes: 'Primary key, required' },
  { name: 'externalId', type: 'String' },
  { name: 'displayName', type: 'String', notes: 'Required' },
  { name: 'members', type: 'Reference', notes: 'Multi-value; referenced objects: User, Group' },
];
