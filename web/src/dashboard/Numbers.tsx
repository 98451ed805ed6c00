// The numbers of the dashboard: people by status, keys by state, sign-ins and mail.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react';
import type { Dashboard, KeyState, UserStatus } from '../api';
import { useCan } from '../app/session';
import { Card, Facts } from '../shared/Card';
import { TextLink } from '../shared/links';
import { keyStateNames, statusMeanings } from '../shared/names';
import { KeyStateBadge, StatusBadge } from '../shared/StatusBadge';

const useStyles = makeStyles({
  tiles: {
    display: 'grid',
    gridTemplateColumns: 'repeat(4, minmax(0, 1fr))',
    gap: '16px',
    listStyle: 'none',
    margin: 0,
    padding: 0,
    '@media (max-width: 1000px)': { gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' },
  },
  tile: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: '8px',
    height: '100%',
    padding: '20px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    textDecoration: 'none',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
    '@media (max-width: 700px)': { padding: '14px' },
  },
  number: { ...typographyStyles.title1, fontVariantNumeric: 'tabular-nums' },
  meaning: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
    gap: '24px',
    '@media (max-width: 1000px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  root: { display: 'flex', flexDirection: 'column', gap: '24px' },
  rows: { listStyle: 'none', margin: 0, padding: 0 },
  row: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: '12px',
    padding: '8px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    ':last-child': { borderBottom: 'none' },
  },
  count: { fontVariantNumeric: 'tabular-nums', fontWeight: tokens.fontWeightSemibold },
});

type TileProps = AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement> };
const TileLink = createLink(function Tile({ ref, ...props }: TileProps) {
  return <a {...props} ref={ref} />;
});

const statuses: UserStatus[] = ['new', 'pending', 'active', 'disabled'];
const states: Exclude<KeyState, 'cancelled'>[] = ['pending', 'active', 'suspended', 'expired', 'revoked'];

export function Numbers({ state }: { state: Dashboard }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <ul className={styles.tiles} aria-label="People by status">
        {statuses.map((status) => (
          <li key={status}>
            <TileLink to="/users" search={{ status }} className={styles.tile}>
              <StatusBadge status={status} />
              <span className={styles.number}>{state.users[status].toLocaleString('en')}</span>
              <span className={styles.meaning}>{statusMeanings[status]}</span>
            </TileLink>
          </li>
        ))}
      </ul>
      <div className={styles.columns}>
        <Card title="Security keys" actions={<TextLink to="/keys">See all keys</TextLink>}>
          <ul className={styles.rows}>
            {states.map((keyState) => (
              <li key={keyState} className={styles.row}>
                <TextLink
                  to="/keys"
                  search={{ state: keyState }}
                  aria-label={`${keyStateNames[keyState]} keys: ${state.keys[keyState]}`}
                >
                  <KeyStateBadge state={keyState} />
                </TextLink>
                <span className={styles.count}>{state.keys[keyState].toLocaleString('en')}</span>
              </li>
            ))}
          </ul>
        </Card>
        <Card title="The last 24 hours">
          <Facts
            items={[
              ['Sign-ins', <SignIns key="in" count={state.signIns.last24h} action="signin.succeeded" />],
              ['Refused sign-ins', <SignIns key="refused" count={state.signIns.refused24h} action="signin.refused" />],
              ['Mail', mailWords(state.mail)],
              ['People in all', <People key="people" count={state.users.total} />],
            ]}
          />
        </Card>
      </div>
    </div>
  );
}

function SignIns({ count, action }: { count: number; action: string }): ReactNode {
  const styles = useStyles();
  const may = useCan('activityRead');
  const number = <span className={styles.count}>{count.toLocaleString('en')}</span>;
  return may ? (
    <TextLink to="/activity" search={{ action }}>
      {number}
    </TextLink>
  ) : (
    number
  );
}

function People({ count }: { count: number }) {
  const styles = useStyles();
  return (
    <TextLink to="/users">
      <span className={styles.count}>{count.toLocaleString('en')}</span>
    </TextLink>
  );
}

function mailWords({ configured, queued, givenUp }: Dashboard['mail']): string {
  if (!configured) return 'No mail server';
  const parts: string[] = [];
  if (queued > 0) parts.push(`${queued} waiting to be sent`);
  if (givenUp > 0) parts.push(`${givenUp} not delivered`);
  return parts.length > 0 ? parts.join(', ') : 'Nothing is waiting';
}
