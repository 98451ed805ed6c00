// The picture beside an activity record: what kind of thing it was about. Decoration; the
// sentence says it all.
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  ArrowImport20Regular,
  CalendarClock20Regular,
  Desktop20Regular,
  DoorArrowRight20Regular,
  KeyMultiple20Regular,
  Mail20Regular,
  PaymentWireless20Regular,
  People20Regular,
  Person20Regular,
  PlugConnected20Regular,
  Settings20Regular,
  ShieldError20Regular,
  ShieldKeyhole20Regular,
  UsbStick20Regular,
} from '@fluentui/react-icons';
import type { ReactNode } from 'react';

const icons: Record<string, ReactNode> = {
  user: <Person20Regular />,
  group: <People20Regular />,
  key: <UsbStick20Regular />,
  card: <PaymentWireless20Regular />,
  workstation: <Desktop20Regular />,
  signin: <DoorArrowRight20Regular />,
  signout: <DoorArrowRight20Regular />,
  stepUp: <ShieldKeyhole20Regular />,
  setup: <ShieldKeyhole20Regular />,
  owner: <ShieldKeyhole20Regular />,
  apiKey: <KeyMultiple20Regular />,
  settings: <Settings20Regular />,
  mail: <Mail20Regular />,
  import: <ArrowImport20Regular />,
  schedule: <CalendarClock20Regular />,
  entra: <PlugConnected20Regular />,
  scimToken: <KeyMultiple20Regular />,
  scimSettings: <PlugConnected20Regular />,
  scimConflict: <PlugConnected20Regular />,
};

/** What an administrator should look at twice. */
const alarming = new Set([
  'signin.refused',
  'stepUp.refused',
  'key.counterRegressed',
  'key.reportedLost',
  'card.blocked',
  'mail.givenUp',
  'import.failed',
]);

const useStyles = makeStyles({
  icon: {
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    flexShrink: 0,
    width: '32px',
    height: '32px',
    borderRadius: tokens.borderRadiusCircular,
    backgroundColor: tokens.colorNeutralBackground3,
    color: tokens.colorNeutralForeground2,
  },
  alarming: { backgroundColor: tokens.colorPaletteRedBackground1, color: tokens.colorPaletteRedForeground1 },
});

export function ActionIcon({ action }: { action: string }) {
  const styles = useStyles();
  const about = action.split('.')[0] ?? '';
  return (
    <span className={mergeClasses(styles.icon, alarming.has(action) && styles.alarming)} aria-hidden>
      {icons[about] ?? <ShieldError20Regular />}
    </span>
  );
}
