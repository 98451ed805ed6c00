// The Entra ID wizard's thoughts: its options as they are asked for, and which step can be shown. Pure.
import type { EntraConnection, EntraGroup, EntraOptions, Import, ImportMode } from '../../api';
import type { EntraStep } from '../filters';

export const defaultEntra: EntraOptions = {
  scope: 'allGroups',
  groupIds: [],
  includeGuests: false,
  includeDisabled: false,
  includeUngrouped: false,
  takeGroups: false,
};

export const groupTypeNames: Record<EntraGroup['type'], string> = {
  security: 'Security group',
  microsoft365: 'Microsoft 365 group',
  dynamic: 'Dynamic group',
  distribution: 'Distribution list',
  mailSecurity: 'Mail-enabled security group',
};

/** Sync with existing users, and whether new people come along: the two switches are the three modes. */
export function modeOf(sync: boolean, addNew: boolean): ImportMode {
  if (!sync) return 'new';
  return addNew ? 'both' : 'update';
}

/** What keeps the choice of groups from being used, or null. */
export function scopeProblem(entra: EntraOptions): string | null {
  return entra.scope === 'groups' && entra.groupIds.length === 0 ? 'Choose at least one group.' : null;
}

/** Whose people are read, in words. `names` of the chosen groups, where they are known. */
export function scopeWords(entra: EntraOptions, names: readonly string[] = []): string {
  switch (entra.scope) {
    case 'allUsers':
      return 'All users in the tenant';
    case 'allGroups':
      return entra.includeUngrouped ? 'All Entra ID groups, and people in no group' : 'All Entra ID groups';
    case 'groups':
      if (names.length > 0 && names.length === entra.groupIds.length && names.length <= 3) {
        return new Intl.ListFormat('en-GB').format(names);
      }
      return entra.groupIds.length === 1 ? 'One Entra ID group' : `${entra.groupIds.length} Entra ID groups`;
  }
}

/** The furthest step that can be shown. */
export function furthest(connection: EntraConnection | undefined, run: Import | undefined): EntraStep {
  if (connection?.state !== 'working' || !run) return 'connection';
  if (run.state === 'ready') return 'confirm';
  return run.options.entra && scopeProblem(run.options.entra) ? 'groups' : 'review';
}
