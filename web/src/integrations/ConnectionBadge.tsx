// The state of the connection to Entra ID: an icon and a word.
import { CheckmarkCircle16Filled, Clock16Filled, ErrorCircle16Filled, PlugDisconnected16Filled } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import type { EntraConnection } from '../api';
import { Badge, type Tone } from '../shared/StatusBadge';

const looks: Record<EntraConnection['state'], { tone: Tone; icon: ReactNode; words: string }> = {
  notConfigured: { tone: 'off', icon: <PlugDisconnected16Filled aria-hidden />, words: 'Not connected' },
  notAuthorized: { tone: 'waiting', icon: <Clock16Filled aria-hidden />, words: 'Not authorized yet' },
  working: { tone: 'good', icon: <CheckmarkCircle16Filled aria-hidden />, words: 'Works' },
  failing: { tone: 'bad', icon: <ErrorCircle16Filled aria-hidden />, words: 'Does not work' },
};

export function ConnectionBadge({ state }: { state: EntraConnection['state'] }) {
  const { tone, icon, words } = looks[state];
  return (
    <Badge tone={tone} icon={icon}>
      {words}
    </Badge>
  );
}
