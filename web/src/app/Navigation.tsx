// The entries of the left navigation, only those that the person may open.
import { makeStyles, mergeClasses, tokens, typographyStyles } from '@fluentui/react-components';
import {
  ArrowImport20Filled,
  ArrowImport20Regular,
  bundleIcon,
  ClipboardTextLtr20Filled,
  ClipboardTextLtr20Regular,
  ContactCardGroup20Filled,
  ContactCardGroup20Regular,
  Desktop20Filled,
  Desktop20Regular,
  Home20Filled,
  Home20Regular,
  Key20Filled,
  Key20Regular,
  People20Filled,
  People20Regular,
  PeopleTeam20Filled,
  PeopleTeam20Regular,
  PersonAccounts20Filled,
  PersonAccounts20Regular,
  PlugConnected20Filled,
  PlugConnected20Regular,
  Settings20Filled,
  Settings20Regular,
} from '@fluentui/react-icons';
import { Link } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import type { Permission } from '../api';

const HomeIcon = bundleIcon(Home20Filled, Home20Regular);
const KeyIcon = bundleIcon(Key20Filled, Key20Regular);
const PeopleIcon = bundleIcon(People20Filled, People20Regular);
const TeamIcon = bundleIcon(PeopleTeam20Filled, PeopleTeam20Regular);
const ImportIcon = bundleIcon(ArrowImport20Filled, ArrowImport20Regular);
const PlugIcon = bundleIcon(PlugConnected20Filled, PlugConnected20Regular);
const WorkstationIcon = bundleIcon(Desktop20Filled, Desktop20Regular);
const CardDeskIcon = bundleIcon(ContactCardGroup20Filled, ContactCardGroup20Regular);
const ActivityIcon = bundleIcon(ClipboardTextLtr20Filled, ClipboardTextLtr20Regular);
const SettingsIcon = bundleIcon(Settings20Filled, Settings20Regular);
const MeIcon = bundleIcon(PersonAccounts20Filled, PersonAccounts20Regular);

interface Entry {
  to: '/dashboard' | '/keys' | '/users' | '/groups' | '/imports' | '/cards' | '/workstations' | '/integrations' | '/activity' | '/settings' | '/me';
  label: string;
  Icon: ComponentType<{ className?: string; filled?: boolean }>;
  needs?: Permission;
}
interface Section {
  label?: string;
  entries: Entry[];
}

const sections: Section[] = [
  { entries: [{ to: '/dashboard', label: 'Dashboard', Icon: HomeIcon, needs: 'peopleRead' }] },
  {
    label: 'Security Key Management',
    entries: [
      { to: '/keys', label: 'Security Keys', Icon: KeyIcon, needs: 'peopleRead' },
      { to: '/users', label: 'Users', Icon: PeopleIcon, needs: 'peopleRead' },
      { to: '/groups', label: 'User Groups', Icon: TeamIcon, needs: 'peopleRead' },
      { to: '/imports', label: 'Imports', Icon: ImportIcon, needs: 'peopleRead' },
      { to: '/cards', label: 'Card Desk', Icon: CardDeskIcon, needs: 'keysWrite' },
      { to: '/workstations', label: 'Workstations', Icon: WorkstationIcon, needs: 'peopleRead' },
    ],
  },
  {
    entries: [
      { to: '/integrations', label: 'Integrations', Icon: PlugIcon, needs: 'settingsRead' },
      { to: '/activity', label: 'Activity', Icon: ActivityIcon, needs: 'activityRead' },
      { to: '/settings', label: 'Settings', Icon: SettingsIcon, needs: 'settingsRead' },
      { to: '/me', label: 'My page', Icon: MeIcon },
    ],
  },
];

const useStyles = makeStyles({
  nav: { display: 'flex', flexDirection: 'column', gap: '16px' },
  section: { display: 'flex', flexDirection: 'column', gap: '2px' },
  label: {
    ...typographyStyles.caption1Strong,
    margin: '8px 12px',
    color: tokens.colorNeutralForeground3,
    letterSpacing: '0.01em',
  },
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '2px' },
  entry: {
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    gap: '12px',
    minHeight: '40px',
    padding: '0 12px',
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: 'none',
    fontSize: tokens.fontSizeBase300,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover, color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  current: {
    backgroundColor: tokens.colorBrandBackground2,
    color: tokens.colorBrandForeground2,
    fontWeight: tokens.fontWeightSemibold,
    ':hover': { backgroundColor: tokens.colorBrandBackground2Hover, color: tokens.colorBrandForeground2 },
    '::before': {
      content: '""',
      position: 'absolute',
      left: 0,
      top: '10px',
      bottom: '10px',
      width: '3px',
      borderRadius: '2px',
      backgroundColor: tokens.colorCompoundBrandBackground,
    },
  },
});

export function Navigation({ permissions }: { permissions: Permission[] }) {
  const styles = useStyles();
  const visible = sections
    .map((section) => ({
      ...section,
      entries: section.entries.filter((entry) => !entry.needs || permissions.includes(entry.needs)),
    }))
    .filter((section) => section.entries.length > 0);
  return (
    <nav className={styles.nav} aria-label="Main">
      {visible.map((section) => (
        <div key={section.entries[0]?.to} className={styles.section}>
          {section.label ? (
            <div className={styles.label} id="nav-keys">
              {section.label}
            </div>
          ) : null}
          <ul className={styles.list} aria-labelledby={section.label ? 'nav-keys' : undefined}>
            {section.entries.map(({ to, label, Icon }) => (
              <li key={to}>
                <Link
                  to={to}
                  className={styles.entry}
                  activeProps={{ className: mergeClasses(styles.entry, styles.current), 'aria-current': 'page' }}
                  activeOptions={{ includeSearch: false }}
                >
                  {({ isActive }) => (
                    <>
                      <Icon filled={isActive} />
                      {label}
                    </>
                  )}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
