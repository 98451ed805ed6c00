// Marks people and groups that a directory owns by SCIM: they are read-only here.
import { PlugConnectedFilled } from '@fluentui/react-icons';
import { Badge } from './StatusBadge';

export function ManagedBadge() {
  return (
    <Badge tone="off" icon={<PlugConnectedFilled fontSize={16} aria-hidden />} title="Managed by your directory through SCIM: read-only here">
      SCIM
    </Badge>
  );
}
