// TEMPORARY, until schema.d.ts has these: the import engine's and Entra's part of the API.
export type ImportState =
  | 'draft' | 'reading' | 'planning' | 'ready' | 'applying' | 'finished' | 'failed' | 'cancelled' | 'undoing' | 'undone';
export type ImportSource = 'csv' | 'entra';
export type ImportMode = 'new' | 'both' | 'update';
export type Verdict = 'create' | 'update' | 'unchanged' | 'deactivate' | 'conflict' | 'skipped' | 'rejected';
export type RowResult = 'created' | 'updated' | 'unchanged' | 'deactivated' | 'skipped' | 'failed';
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
export type Delimiter = ',' | ';' | '\t' | '|';
export type ImportField =
  | 'userName' | 'email' | 'displayName' | 'givenName' | 'familyName' | 'phone' | 'title' | 'department'
  | 'preferredLanguage' | 'externalId' | 'active' | 'blocked' | 'groups';
export interface AssignKey { kind: 'hardwareKey'; mail: string; note?: string | null }
export interface CsvOptions { encoding: Encoding; delimiter: Delimiter; header: boolean; columns: (ImportField | null)[] }
export interface EntraOptions {
  scope: 'groups' | 'allGroups' | 'allUsers';
  groupIds: string[];
  includeGuests: boolean;
  includeDisabled: boolean;
  includeUngrouped: boolean;
  takeGroups: boolean;
}
export interface ImportOptions {
  mode: ImportMode;
  groupIds: string[];
  newGroups: string[];
  assignKey: AssignKey | null;
  csv: CsvOptions | null;
  entra: EntraOptions | null;
}
export interface Import {
  id: string;
  source: ImportSource;
  state: ImportState;
  phase: 'reading' | 'planning' | 'applying' | 'undoing' | null;
  progress: { done: number; total: number | null; errors: number; perSecond: number; secondsLeft: number | null; pausedUntil: string | null } | null;
  name: string;
  startedBy: { id: string | null; name: string };
  createdAt: string;
  plannedAt: string | null;
  confirmedAt: string | null;
  endedAt: string | null;
  options: ImportOptions;
  plan: {
    rows: number; create: number; update: number; unchanged: number; deactivate: number; conflict: number;
    skipped: number; rejected: number; needTick: number; ungrouped: number | null; groupsCreate: number;
  } | null;
  approval: { reason: string; message: string }[];
  replanned: 'old' | 'overtaken' | null;
  outcome: { created: number; updated: number; unchanged: number; deactivated: number; skipped: number; failed: number } | null;
  undo: { possibleUntil: string | null; reverted: number; left: number } | null;
  failure: { code: string; message: string; line: number | null } | null;
  version: number;
}
export interface ImportRow {
  number: number;
  objectId: string | null;
  label: string;
  email: string | null;
  verdict: Verdict;
  reason: string | null;
  field: string | null;
  message: string | null;
  userId: string | null;
  changes: { field: string; old: unknown; new: unknown }[];
  holdsRole: boolean;
  ticked: boolean;
  result: RowResult | null;
  undo: 'reverted' | 'left' | null;
}
export interface CsvPreview {
  fileName: string;
  bytes: number;
  encoding: Encoding;
  delimiter: Delimiter;
  header: boolean;
  dialect: 'entra' | 'entraExport' | 'okta' | 'google' | 'jumpcloud' | 'idmelon' | 'keystead' | null;
  columns: { index: number; name: string | null; field: ImportField | null; refused: 'password' | null; samples: string[] }[];
  rows: string[][];
  remembered: boolean;
}
export type EntraCloud = 'global' | 'gccHigh' | 'dod' | 'china' | 'custom';
export interface EntraConnection {
  configured: boolean;
  tenant: string | null;
  tenantId: string | null;
  tenantName: string | null;
  clientId: string | null;
  cloud: EntraCloud;
  loginUrl: string | null;
  graphUrl: string | null;
  credential:
    | null
    | { type: 'secret'; expiresAt: string | null; enteredAt: string }
    | { type: 'certificate'; thumbprint: string; certificatePem: string; expiresAt: string };
  redirectUri: string;
  state: 'notConfigured' | 'notAuthorized' | 'working' | 'failing';
  lastToken: string | null;
  permissions: { granted: string[]; missing: string[] };
  problem: { code: string; message: string } | null;
  version: number;
}
export interface EntraGroup {
  id: string;
  name: string;
  type: 'security' | 'microsoft365' | 'dynamic' | 'distribution' | 'mailSecurity';
  memberCount: number | null;
}
export interface ImportSchedule {
  id: string;
  name: string;
  every: 'hour' | 'day' | 'week';
  at: string | null;
  weekday: number | null;
  timeZone: string;
  enabled: boolean;
  options: ImportOptions;
  nextRunAt: string | null;
  lastImportId: string | null;
  lastState: ImportState | null;
  version: number;
}
type Json<T> = { content: { 'application/json': T } };
interface Op<Answer, Body = never, Path = never, Query = never> {
  parameters: ([Query] extends [never] ? { query?: never } : { query?: Query }) &
    ([Path] extends [never] ? { path?: never } : { path: Path });
  requestBody: [Body] extends [never] ? never : Json<Body>;
  responses: { 200: Json<Answer> };
}
interface Id { id: string }
interface Page { limit?: number; cursor?: string }
interface Many<T> { items: T[]; nextCursor: string | null }
export type ImportChange = { csv?: Partial<CsvOptions> } & Partial<Omit<ImportOptions, 'csv'>>;
type ScheduleBody = Omit<ImportSchedule, 'id' | 'nextRunAt' | 'lastImportId' | 'lastState' | 'version'>;
export interface PendingPaths {
  '/imports': { post: Op<Import, { source: ImportSource; fileName?: string }>; get: Op<Many<Import>, never, never, Page & { state?: string; source?: string }> };
  '/imports/{id}': { get: Op<Import, never, Id>; patch: Op<Import, ImportChange, Id>; delete: Op<undefined, never, Id> };
  '/imports/{id}/file': { put: Op<CsvPreview, never, Id, { fileName?: string }> };
  '/imports/{id}/preview': { get: Op<CsvPreview, never, Id> };
  '/imports/{id}/plan': { post: Op<Import, never, Id> };
  '/imports/{id}/rows': { get: Op<Many<ImportRow>, never, Id, Page & { verdict?: string; result?: string; reason?: string; q?: string }> };
  '/imports/{id}/ticks': { post: Op<Import, { numbers: number[]; ticked: boolean }, Id> };
  '/imports/{id}/confirm': { post: Op<Import, { approve?: boolean }, Id> };
  '/imports/{id}/cancel': { post: Op<Import, never, Id> };
  '/imports/{id}/undo': { post: Op<Import, never, Id> };
  '/integrations/entra': {
    get: Op<EntraConnection>;
    put: Op<EntraConnection, { tenant: string; clientId: string; cloud: EntraCloud; loginUrl?: string; graphUrl?: string; secret?: string; secretExpiresAt?: string }>;
    delete: Op<undefined>;
  };
  '/integrations/entra/certificate': { post: Op<EntraConnection> };
  '/integrations/entra/authorize': { post: Op<{ url: string }, { way: 'adminConsent' | 'interactive' }> };
  '/integrations/entra/authorize/finish': {
    post: Op<EntraConnection, { state: string; code?: string; tenant?: string; adminConsent?: string; error?: string; errorDescription?: string }>;
  };
  '/integrations/entra/check': { post: Op<EntraConnection> };
  '/integrations/entra/groups': { get: Op<Many<EntraGroup>, never, never, { q?: string; ids?: string; limit?: number }> };
  '/import-schedules': { get: Op<Many<ImportSchedule>>; post: Op<ImportSchedule, ScheduleBody> };
  '/import-schedules/{id}': { patch: Op<ImportSchedule, Partial<ScheduleBody>, Id>; delete: Op<undefined, never, Id> };
  '/import-schedules/{id}/run': { post: Op<Import, never, Id> };
}
