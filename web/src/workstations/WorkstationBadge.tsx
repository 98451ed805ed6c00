// Whether a workstation's agent is connected.
import { CheckmarkCircle16Filled, Clock16Filled } from '@fluentui/react-icons';
import { Badge } from '../shared/StatusBadge';

export function WorkstationBadge({ online }: { online: boolean }) {
  return online ? (
    <Badge tone="good" icon={<CheckmarkCircle16Filled aria-hidden />} title="Its agent is connected: cards work there">
      Connected
    </Badge>
  ) : (
    <Badge tone="off" icon={<Clock16Filled aria-hidden />} title="Switched off, or its agent does not reach Keystead">
      Not connected
    </Badge>
  );
}
