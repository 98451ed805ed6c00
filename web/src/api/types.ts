// The words of the API as the panel uses them: one name per thing that travels.
// What a path takes and answers is in paths.ts.

export type Role = 'owner' | 'administrator' | 'helpDesk' | 'auditor' | 'member';
export type UserStatus = 'new' | 'pending' | 'active' | 'disabled';
export type Origin = 'local' | 'csv' | 'scim' | 'entra';
export type KeyKind = 'hardwareKey' | 'platform';
export type KeyState = 'pending' | 'active' | 'suspended' | 'revoked' | 'expired' | 'cancelled';
export type GroupType = 'local' | 'scim' | 'entra' | 'everyone';
export type RevokeReason = 'lost' | 'stolen' | 'replaced' | 'left';
export type Permission =
  | 'peopleRead'
  | 'peopleWrite'
  | 'keysWrite'
  | 'groupsWrite'
  | 'activityRead'
  | 'settingsRead'
  | 'settingsWrite'
  | 'rolesWrite'
  | 'apiKeysManage';

export interface List<T> {
  items: T[];
  nextCursor: string | null;
}

export interface FieldError {
  field: string;
  code: string;
  message: string;
  userId?: string;
}

/** An RFC 9457 problem document as the server writes it. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  errors?: FieldError[];
  requestId: string;
}

export interface Instance {
  state: 'setup' | 'ready';
  organisationName: string | null;
  version: string;
}

export interface Session {
  user: { id: string; userName: string; displayName: string; email: string };
  role: Role;
  permissions: Permission[];
  organisationName: string;
  authenticatedAt: string;
  expiresAt: string;
  idleExpiresAt: string;
}

/** A WebAuthn ceremony under way: options for the browser, and the handle to finish it with. */
export interface CreationCeremony {
  ceremonyId: string;
  publicKey: PublicKeyCredentialCreationOptionsJSON;
}
export interface RequestCeremony {
  ceremonyId: string;
  publicKey: PublicKeyCredentialRequestOptionsJSON;
}
/** RegistrationResponseJSON or AuthenticationResponseJSON. */
export type CredentialJSON = Record<string, unknown>;

export interface NamedRef {
  id: string;
  name: string;
}
export interface PersonRef {
  id: string;
  displayName: string;
  email: string;
}
export interface KeyRef {
  id: string;
  name: string;
  kind: KeyKind;
}
export interface KeyGlance extends KeyRef {
  state: KeyState;
}

export interface UserItem {
  id: string;
  status: UserStatus;
  active: boolean;
  userName: string;
  email: string;
  displayName: string;
  givenName: string | null;
  familyName: string | null;
  origin: Origin;
  role: Role;
  groups: NamedRef[];
  groupCount: number;
  keys: KeyGlance[];
  lastActivityAt: string | null;
  createdAt: string;
  version: number;
}

export interface User extends UserItem {
  phone: string | null;
  title: string | null;
  department: string | null;
  preferredLanguage: string | null;
  externalId: string | null;
  updatedAt: string;
}

export interface UserFilter {
  q?: string;
  status?: string;
  groupId?: string;
  origin?: string;
  keyKind?: string;
}

export interface Profile {
  email?: string;
  userName?: string;
  givenName?: string | null;
  familyName?: string | null;
  displayName?: string;
  phone?: string | null;
  title?: string | null;
  department?: string | null;
  preferredLanguage?: string | null;
}

export interface NewUser extends Profile {
  email: string;
  groupIds?: string[];
  key?: { kind: 'hardwareKey'; name?: string };
  note?: string;
}

export interface Registration {
  keyId: string;
  mailed: boolean;
  link: string | null;
  expiresAt: string;
}

export interface RegistrationInvitation {
  purpose: 'register' | 'recover';
  person: { displayName: string; email: string };
  organisationName: string;
  note: string | null;
  expiresAt: string;
  key: KeyRef | null;
}

export interface Availability {
  userName: { id: string; displayName: string } | null;
  email: { id: string; displayName: string }[];
}

export interface Group {
  id: string;
  name: string;
  description: string | null;
  type: GroupType;
  role: Role | null;
  memberCount: number;
  keyCount: number;
  createdAt: string;
  updatedAt: string;
  version: number;
}
export interface GroupOfUser extends NamedRef {
  type: GroupType;
  role: Role | null;
}

export interface Key extends KeyRef {
  state: KeyState;
  reason: string | null;
  user: PersonRef;
  model: string | null;
  createdAt: string;
  activatedAt: string | null;
  lastUsedAt: string | null;
  stateChangedAt: string;
  linkExpiresAt: string | null;
  version: number;
}

export interface Credential {
  id: string;
  keyId: string;
  keyName: string;
  keyState: KeyState;
  aaguid: string;
  model: string | null;
  transports: string[];
  backupEligible: boolean;
  backedUp: boolean;
  attestationFormat: string;
  algorithm: string;
  registeredAt: string;
  registeredIp: string | null;
  registeredUserAgent: string | null;
  lastUsedAt: string | null;
  signCount: number;
}

export interface ActivityFilter {
  userId?: string;
  actorId?: string;
  action?: string;
  from?: string;
  to?: string;
  q?: string;
}
export interface ActivityEntry {
  id: string;
  at: string;
  action: string;
  actor: { type: 'user' | 'apiKey' | 'link' | 'system' | 'cli'; id: string | null; name: string };
  target: { type: string; id: string; name: string } | null;
  user: NamedRef | null;
  ip: string | null;
  userAgent: string | null;
  details: Record<string, unknown>;
}

export interface Settings {
  organisationName: string;
  linkLifetimeHours: number;
  sessionIdleMinutes: number;
  sessionAbsoluteHours: number;
  attestation: 'any' | 'required';
  allowedAaguids: string[];
  version: number;
}
export interface MailState {
  configured: boolean;
  from: string | null;
  server: string | null;
  queued: number;
  givenUp: number;
}
export interface About {
  version: string;
  database: 'sqlite' | 'postgres';
  publicUrl: string;
}

export interface ApiKey {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
  createdBy: string | null;
  expiresAt: string;
  lastUsedAt: string | null;
}

export interface Alert {
  id: string;
  kind: 'mailGivenUp' | 'counterRegressed' | 'keyReportedLost';
  at: string;
  title: string;
  detail: string;
  user: NamedRef | null;
}

export interface Dashboard {
  users: { total: number; new: number; pending: number; active: number; disabled: number };
  keys: { pending: number; active: number; suspended: number; revoked: number; expired: number };
  signIns: { last24h: number; refused24h: number };
  mail: { configured: boolean; queued: number; givenUp: number };
}

export interface Me {
  user: User;
  keys: Key[];
  credentials: Credential[];
}
export interface SignIn {
  id: string;
  at: string;
  succeeded: boolean;
  ip: string | null;
  userAgent: string | null;
  keyName: string | null;
  reason: string | null;
}
