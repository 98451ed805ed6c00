// The connection to Entra ID as it is typed and judged. Pure.
import type { EntraCloud, EntraConnection } from '../api';

export const cloudNames: Record<EntraCloud, string> = {
  global: 'Global (most organisations, also GCC)',
  gccHigh: 'US Government GCC High',
  dod: 'US Government DoD',
  china: 'China, operated by 21Vianet',
  custom: 'Other addresses',
};

/** What Keystead asks for, and what for. Application permissions of Microsoft Graph. */
export const neededPermissions = [
  { name: 'User.Read.All', why: 'to read people' },
  { name: 'GroupMember.Read.All', why: 'to read groups and who is in them' },
  { name: 'Organization.Read.All', why: 'to make sure which tenant answers' },
] as const;

export interface ConnectionDraft {
  tenant: string;
  clientId: string;
  cloud: EntraCloud;
  loginUrl: string;
  graphUrl: string;
  /** How Keystead proves who it is: a secret that is typed, or a certificate that it makes. */
  proof: 'secret' | 'certificate';
  /** Empty: the one that is kept stays. */
  secret: string;
  /** A day, or empty where it is not known. */
  secretExpires: string;
}

export type DraftProblems = Partial<Record<keyof ConnectionDraft, string>>;

export function draftOf(connection: EntraConnection): ConnectionDraft {
  return {
    tenant: connection.tenant ?? '',
    clientId: connection.clientId ?? '',
    cloud: connection.cloud,
    loginUrl: connection.loginUrl ?? '',
    graphUrl: connection.graphUrl ?? '',
    proof: connection.credential?.type ?? 'certificate',
    secret: '',
    secretExpires: '',
  };
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const domain = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i;

/** What the panel can tell is wrong before the server is asked. */
export function connectionProblems(draft: ConnectionDraft, connection: EntraConnection): DraftProblems {
  const problems: DraftProblems = {};
  const tenant = draft.tenant.trim();
  if (!uuid.test(tenant) && !domain.test(tenant)) {
    problems.tenant = 'Copy the Directory (tenant) ID from the overview of the app registration, or write a domain of the tenant.';
  }
  if (!uuid.test(draft.clientId.trim())) {
    problems.clientId = 'Copy the Application (client) ID from the overview of the app registration.';
  }
  if (draft.cloud === 'custom') {
    if (!isWebAddress(draft.loginUrl)) problems.loginUrl = 'Write a full address, such as https://login.example.com.';
    if (!isWebAddress(draft.graphUrl)) problems.graphUrl = 'Write a full address, such as https://graph.example.com.';
  }
  if (draft.proof === 'secret' && draft.secret.trim() === '' && connection.credential?.type !== 'secret') {
    problems.secret = 'Copy the secret’s value (not its ID) right after making it; Microsoft shows it once.';
  }
  if (uuid.test(draft.secret.trim())) {
    problems.secret = 'This looks like the secret’s ID. Copy its value instead.';
  }
  return problems;
}

function isWebAddress(text: string): boolean {
  try {
    const url = new URL(text.trim());
    return url.protocol === 'https:' || (url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname));
  } catch {
    return false;
  }
}

/** The body that saves the draft. */
export function connectionBody(draft: ConnectionDraft) {
  const secret = draft.proof === 'secret' ? draft.secret.trim() : '';
  return {
    tenant: draft.tenant.trim(),
    clientId: draft.clientId.trim(),
    cloud: draft.cloud,
    ...(draft.cloud === 'custom' && { loginUrl: draft.loginUrl.trim(), graphUrl: draft.graphUrl.trim() }),
    ...(secret && { secret }),
    ...(secret && draft.secretExpires && { secretExpiresAt: new Date(`${draft.secretExpires}T00:00:00Z`).toISOString() }),
  };
}

const day = 86_400_000;

/** How near the end of a credential is: told 30 days before. */
export function expiry(at: string | null, now: number = Date.now()): 'unknown' | 'far' | 'soon' | 'over' {
  if (at === null) return 'unknown';
  const left = Date.parse(at) - now;
  if (left <= 0) return 'over';
  return left <= 30 * day ? 'soon' : 'far';
}

export interface Answer {
  state: string;
  code?: string;
  tenant?: string;
  adminConsent?: boolean;
  error?: string;
  errorDescription?: string;
}

/** What Microsoft sends back with the browser, under Microsoft's names; null when it is no answer of theirs. */
export function answerOf(search: Record<string, unknown>): Answer | null {
  const word = (name: string) => (typeof search[name] === 'string' && search[name] !== '' ? search[name] : undefined);
  const state = word('state');
  if (state === undefined) return null;
  const answer: Answer = { state };
  const code = word('code');
  const tenant = word('tenant');
  const adminConsent = word('admin_consent');
  const error = word('error');
  const errorDescription = word('error_description');
  if (code) answer.code = code;
  if (tenant) answer.tenant = tenant;
  if (adminConsent) answer.adminConsent = adminConsent.toLowerCase() === 'true';
  if (error) answer.error = error;
  if (errorDescription) answer.errorDescription = errorDescription;
  return answer;
}
