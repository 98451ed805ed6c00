// How SCIM stands, judged by what the server knows. Pure.
import type { ScimIntegration, ScimToken } from '../../api';
import { expiry } from '../connection';

export type ScimState = 'off' | 'waiting' | 'paused' | 'failing' | 'silent' | 'working';

const minute = 60_000;
/** Entra comes every 40 minutes; after this long something is wrong there. */
const silence = 180 * minute;
/** Single refusals are a part of life; this long without a success is a fault. */
const grace = 10 * minute;

type Times = Pick<ScimIntegration, 'paused' | 'lastRequestAt' | 'lastSuccessAt' | 'lastFailureAt'>;

export function scimState(scim: Times, tokens: readonly ScimToken[], now: number = Date.now()): ScimState {
  const { lastRequestAt, lastSuccessAt, lastFailureAt } = scim;
  if (tokens.length === 0 && lastRequestAt === null) return 'off';
  if (scim.paused) return 'paused';
  if (lastRequestAt === null) return 'waiting';
  if (lastFailureAt !== null && (lastSuccessAt === null || Date.parse(lastFailureAt) - Date.parse(lastSuccessAt) > grace)) {
    return 'failing';
  }
  return now - Date.parse(lastRequestAt) > silence ? 'silent' : 'working';
}

export interface TokenWarning {
  /** None works any more, or the last that works ends soon. */
  kind: 'none' | 'soon';
  token: ScimToken | null;
}

/** What must be said about the secrets: only the one that lives longest matters, the others were replaced. */
export function tokenWarning(tokens: readonly ScimToken[], now: number = Date.now()): TokenWarning | null {
  const last = tokens.reduce<ScimToken | null>(
    (longest, token) => (longest && Date.parse(longest.expiresAt) >= Date.parse(token.expiresAt) ? longest : token),
    null,
  );
  if (last === null) return { kind: 'none', token: null };
  const end = expiry(last.expiresAt, now);
  if (end === 'over') return { kind: 'none', token: last };
  return end === 'soon' ? { kind: 'soon', token: last } : null;
}
