// People and groups that a directory owns by SCIM. Pure.
import type { Group, User } from '../api';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A user name that is an id of the directory: it identifies, and says nothing to people. */
export function isDirectoryId(user: Pick<User, 'origin' | 'userName'>): boolean {
  return (user.origin === 'scim' || user.origin === 'entra') && uuid.test(user.userName);
}

/** Why the profile of a person can’t be changed here; null where it can. */
export function profileOwner({ origin }: Pick<User, 'origin'>): string | null {
  switch (origin) {
    case 'scim':
      return 'Your directory manages this person through SCIM: the profile is changed there, and arrives here by itself.';
    case 'entra':
      return 'This profile comes from Entra ID and is changed there.';
    default:
      return null;
  }
}

/** Where a group comes from, and what follows from it. */
export function groupOwner({ type }: Pick<Group, 'type'>): string {
  switch (type) {
    case 'everyone':
      return 'Built in: everybody belongs to it, always';
    case 'local':
      return 'Local';
    case 'scim':
      return 'SCIM: its name, description and members are managed in your directory';
    default:
      return 'Entra ID: its members are managed there';
  }
}
