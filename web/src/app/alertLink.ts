// Where an alert leads: to the import that it tells about, or to a page by its kind. Pure.
import type { Alert } from '../api';

export type AlertTarget =
  | { to: 'import'; importId: string; label: string }
  | { to: 'scim' | 'entra'; label: string };

/** Where an alert leads, or null. */
export function alertLink({ kind, importId }: Pick<Alert, 'kind' | 'importId'>): AlertTarget | null {
  if (importId) {
    return { to: 'import', importId, label: kind === 'importNeedsApproval' ? 'Look at the plan' : 'Open the report' };
  }
  if (kind === 'scimLastOwner' || kind === 'scimSilent') return { to: 'scim', label: 'Open SCIM' };
  return kind === 'entraCredentialExpires' ? { to: 'entra', label: 'Open the connection' } : null;
}
