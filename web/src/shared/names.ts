// The words people read for the enumerations of the API.
import type { GroupType, KeyKind, KeyState, Origin, RevokeReason, Role, UserStatus } from '../api';

export const statusNames: Record<UserStatus, string> = {
  new: 'New',
  pending: 'Pending',
  active: 'Active',
  disabled: 'Disabled',
};
export const statusMeanings: Record<UserStatus, string> = {
  new: 'No security key yet',
  pending: 'A security key waits for activation',
  active: 'Can sign in with a security key',
  disabled: 'Can’t sign in',
};
export const roleNames: Record<Role, string> = {
  owner: 'Owner',
  administrator: 'Administrator',
  helpDesk: 'Help desk',
  auditor: 'Auditor',
  member: 'Member',
};
export const roleMeanings: Record<Role, string> = {
  owner: 'Everything, including roles and API keys',
  administrator: 'People, keys, groups and settings; no roles, no API keys',
  helpDesk: 'People and their keys; no settings',
  auditor: 'Reads everything, changes nothing',
  member: 'Their own page only',
};
export const originNames: Record<Origin, string> = {
  local: 'Keystead',
  csv: 'CSV file',
  scim: 'SCIM',
  entra: 'Entra ID',
};
export const groupTypeNames: Record<GroupType, string> = {
  local: 'Local',
  scim: 'SCIM',
  entra: 'Entra ID',
  everyone: 'Everyone',
};
export const keyKindNames: Record<KeyKind, string> = {
  hardwareKey: 'FIDO2 hardware key',
  smartphone: 'Smartphone',
  contactlessCard: 'Contactless card',
  platform: 'Device passkey',
};
export const keyStateNames: Record<KeyState, string> = {
  pending: 'Pending',
  active: 'Active',
  suspended: 'Suspended',
  revoked: 'Revoked',
  expired: 'Link expired',
  cancelled: 'Cancelled',
};
export const revokeReasonNames: Record<RevokeReason, string> = {
  lost: 'Lost',
  stolen: 'Stolen',
  replaced: 'Replaced by another key',
  left: 'The person left',
};
/** A key's `reason` in words, whatever the server put there. */
export function reasonName(reason: string): string {
  return reason in revokeReasonNames ? revokeReasonNames[reason as RevokeReason] : reason;
}
