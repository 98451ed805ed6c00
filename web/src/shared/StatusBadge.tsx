// The status of a person, the state of a key: an icon and a word, so that colour alone carries nothing.
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  CheckmarkCircle16Filled,
  Clock16Filled,
  DismissCircle16Filled,
  PauseCircle16Filled,
  PersonProhibited16Filled,
  Sparkle16Filled,
  TimerOffFilled,
} from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import type { KeyState, UserStatus } from '../api';
import { keyStateNames, statusMeanings, statusNames } from './names';

export type Tone = 'good' | 'waiting' | 'fresh' | 'warning' | 'off' | 'bad';

const useStyles = makeStyles({
  badge: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: '4px',
    height: '24px',
    padding: '0 10px 0 6px',
    borderRadius: '12px',
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    whiteSpace: 'nowrap',
    '& svg': { flexShrink: 0 },
  },
  good: { backgroundColor: tokens.colorPaletteGreenBackground1, color: tokens.colorPaletteGreenForeground1 },
  waiting: { backgroundColor: tokens.colorPaletteYellowBackground1, color: tokens.colorPaletteYellowForeground2 },
  fresh: { backgroundColor: tokens.colorBrandBackground2, color: tokens.colorBrandForeground2 },
  warning: {
    backgroundColor: tokens.colorPaletteDarkOrangeBackground1,
    color: tokens.colorPaletteDarkOrangeForeground1,
  },
  off: { backgroundColor: tokens.colorNeutralBackground3, color: tokens.colorNeutralForeground2 },
  bad: { backgroundColor: tokens.colorPaletteRedBackground1, color: tokens.colorPaletteRedForeground1 },
});

export function Badge({ tone, icon, children, title }: { tone: Tone; icon: ReactNode; children: ReactNode; title?: string }) {
  const styles = useStyles();
  return (
    <span className={mergeClasses(styles.badge, styles[tone])} title={title}>
      {icon}
      {children}
    </span>
  );
}

const statuses: Record<UserStatus, { tone: Tone; icon: ReactNode }> = {
  new: { tone: 'fresh', icon: <Sparkle16Filled aria-hidden /> },
  pending: { tone: 'waiting', icon: <Clock16Filled aria-hidden /> },
  active: { tone: 'good', icon: <CheckmarkCircle16Filled aria-hidden /> },
  disabled: { tone: 'off', icon: <PersonProhibited16Filled aria-hidden /> },
};

export function StatusBadge({ status }: { status: UserStatus }) {
  return (
    <Badge {...statuses[status]} title={statusMeanings[status]}>
      {statusNames[status]}
    </Badge>
  );
}

export const keyStateLooks: Record<KeyState, { tone: Tone; icon: ReactNode }> = {
  pending: { tone: 'waiting', icon: <Clock16Filled aria-hidden /> },
  active: { tone: 'good', icon: <CheckmarkCircle16Filled aria-hidden /> },
  suspended: { tone: 'warning', icon: <PauseCircle16Filled aria-hidden /> },
  revoked: { tone: 'bad', icon: <DismissCircle16Filled aria-hidden /> },
  expired: { tone: 'off', icon: <TimerOffFilled fontSize={16} aria-hidden /> },
  cancelled: { tone: 'off', icon: <DismissCircle16Filled aria-hidden /> },
};

export function KeyStateBadge({ state }: { state: KeyState }) {
  return <Badge {...keyStateLooks[state]}>{keyStateNames[state]}</Badge>;
}
