// How SCIM stands: an icon and a word.
import {
  CheckmarkCircle16Filled,
  Clock16Filled,
  ErrorCircle16Filled,
  PauseCircle16Filled,
  PlugDisconnected16Filled,
  SpeakerOff16Filled,
} from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { Badge, type Tone } from '../../shared/StatusBadge';
import type { ScimState } from './state';

const looks: Record<ScimState, { tone: Tone; icon: ReactNode; words: string }> = {
  off: { tone: 'off', icon: <PlugDisconnected16Filled aria-hidden />, words: 'Off' },
  waiting: { tone: 'waiting', icon: <Clock16Filled aria-hidden />, words: 'Waits for the first request' },
  paused: { tone: 'warning', icon: <PauseCircle16Filled aria-hidden />, words: 'Paused' },
  failing: { tone: 'bad', icon: <ErrorCircle16Filled aria-hidden />, words: 'Requests fail' },
  silent: { tone: 'warning', icon: <SpeakerOff16Filled aria-hidden />, words: 'Silent' },
  working: { tone: 'good', icon: <CheckmarkCircle16Filled aria-hidden />, words: 'Works' },
};

export function ScimBadge({ state }: { state: ScimState }) {
  const { tone, icon, words } = looks[state];
  return (
    <Badge tone={tone} icon={icon}>
      {words}
    </Badge>
  );
}
