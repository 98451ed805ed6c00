// Alerts are plain text; those about an import end with where to look at it, others lead to a page by
// their kind. Pure.
import type { Alert } from '../api';

const place = / ?(Report|Plan): \/imports\/([0-9a-f-]{36})$/;

export type AlertTarget =
  | { to: 'import'; importId: string; label: string }
  | { to: 'scim' | 'entra'; label: string };

/** The words of an alert, and where it leads. */
export function alertLink({ kind, detail }: Pick<Alert, 'kind' | 'detail'>): { words: string; link: AlertTarget | null } {
  if (kind === 'scimLastOwner' || kind === 'scimSilent') return { words: detail, link: { to: 'scim', label: 'Open SCIM' } };
  if (kind === 'entraCredentialExpires') return { words: detail, link: { to: 'entra', label: 'Open the connection' } };
  const found = place.exec(detail);
  if (!found?.[1] || !found[2]) return { words: detail, link: null };
  const label = found[1] === 'Plan' ? 'Look at the plan' : 'Open the report';
  return { words: detail.slice(0, found.index), link: { to: 'import', importId: found[2], label } };
}
