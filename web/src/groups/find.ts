// Finds groups that a person can be put into by hand: local ones. Groups that come from a
// directory are filled there, and everybody is in Everyone.
import { api, type Role } from '../api';
import { roleNames } from '../shared/names';
import type { Offer } from '../shared/Picker';

/** How many results a picker shows; the rest is found by typing more. */
const shown = 50;

export async function findLocalGroups(
  q: string,
  mayGiveRoles: boolean,
  signal: AbortSignal,
): Promise<{ offers: Offer[]; more: boolean }> {
  const found = await api.get('/groups', { query: { q, type: 'local', sort: 'name', limit: shown }, signal });
  return {
    offers: found.items.map((group) => ({
      id: group.id,
      name: group.name,
      hint: group.role ? roleHint(group.role) : (group.description ?? undefined),
      refusedBecause:
        group.role && !mayGiveRoles ? `${roleHint(group.role)}: only an owner can add people to it.` : undefined,
    })),
    more: Boolean(found.nextCursor),
  };
}

function roleHint(role: Role): string {
  return `Gives the role ${roleNames[role]}`;
}
