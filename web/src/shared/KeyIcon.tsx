// A key as a small picture: its kind as the drawing, its state as the mark in the corner.
import { makeStyles, mergeClasses, Tooltip, tokens } from '@fluentui/react-components';
import { Fingerprint20Regular, PaymentWireless20Regular, Phone20Regular, UsbStick20Regular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import type { KeyKind, KeyState } from '../api';
import { keyKindNames, keyStateNames } from './names';
import { keyStateLooks, type Tone } from './StatusBadge';

const kindIcons: Record<KeyKind, ReactNode> = {
  hardwareKey: <UsbStick20Regular aria-hidden />,
  smartphone: <Phone20Regular aria-hidden />,
  contactlessCard: <PaymentWireless20Regular aria-hidden />,
  platform: <Fingerprint20Regular aria-hidden />,
};

const useStyles = makeStyles({
  icon: {
    position: 'relative',
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    width: '32px',
    height: '32px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
    color: tokens.colorNeutralForeground2,
    flexShrink: 0,
  },
  faint: { color: tokens.colorNeutralForeground4 },
  mark: {
    position: 'absolute',
    right: '-5px',
    bottom: '-5px',
    display: 'inline-flex',
    borderRadius: '50%',
    backgroundColor: tokens.colorNeutralBackground1,
    '& svg': { width: '16px', height: '16px' },
  },
  good: { color: tokens.colorPaletteGreenForeground1 },
  waiting: { color: tokens.colorPaletteMarigoldForeground1 },
  fresh: { color: tokens.colorBrandForeground1 },
  warning: { color: tokens.colorPaletteDarkOrangeForeground1 },
  off: { color: tokens.colorNeutralForeground3 },
  bad: { color: tokens.colorPaletteRedForeground1 },
});

interface Props {
  kind: KeyKind;
  state: KeyState;
  /** The key's own name, when it is not written beside the icon. */
  name?: string;
}

export function KeyIcon({ kind, state, name }: Props) {
  const styles = useStyles();
  const { tone, icon }: { tone: Tone; icon: ReactNode } = keyStateLooks[state];
  const kindAndState = `${keyKindNames[kind]}, ${keyStateNames[state].toLowerCase()}`;
  const label = name ? `${name}: ${kindAndState}` : kindAndState;
  return (
    <Tooltip content={label} relationship="label">
      <span role="img" className={mergeClasses(styles.icon, state !== 'active' && styles.faint)}>
        {kindIcons[kind]}
        <span className={mergeClasses(styles.mark, styles[tone])}>{icon}</span>
      </span>
    </Tooltip>
  );
}
