import { ShieldCheckmark16Filled } from '@fluentui/react-icons';
import type { Role } from '../api';
import { roleMeanings, roleNames } from '../shared/names';
import { Badge } from '../shared/StatusBadge';

/** The role a group gives, or nothing. */
export function RoleBadge({ role }: { role: Role | null }) {
  if (!role) return <>None</>;
  return (
    <Badge tone="fresh" icon={<ShieldCheckmark16Filled aria-hidden />} title={roleMeanings[role]}>
      {roleNames[role]}
    </Badge>
  );
}
