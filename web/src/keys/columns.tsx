// The columns of a list of keys: of everybody's keys, and of one person's.
import { makeStyles, tokens } from '@fluentui/react-components';
import type { Key } from '../api';
import type { Column } from '../shared/DataList';
import { KeyIcon } from '../shared/KeyIcon';
import { keyKindNames, reasonName } from '../shared/names';
import { PersonLink } from '../shared/PersonLink';
import { KeyStateBadge } from '../shared/StatusBadge';
import { Time } from '../shared/Time';
import { KeyMenu } from './KeyMenu';
import type { ShowRegistration } from './RegistrationDialog';

const useStyles = makeStyles({
  name: { display: 'flex', alignItems: 'center', gap: '12px' },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  strong: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  state: { display: 'inline-flex', flexDirection: 'column', alignItems: 'flex-start', gap: '4px' },
});

function Name({ item }: { item: Key }) {
  const styles = useStyles();
  return (
    <span className={styles.name}>
      <KeyIcon kind={item.kind} state={item.state} />
      <span className={styles.words}>
        <span className={styles.strong}>{item.name}</span>
        <span className={styles.faint}>{item.model ?? keyKindNames[item.kind]}</span>
      </span>
    </span>
  );
}

function State({ item }: { item: Key }) {
  const styles = useStyles();
  return (
    <span className={styles.state}>
      <KeyStateBadge state={item.state} />
      {item.state === 'pending' && item.linkExpiresAt ? (
        <span className={styles.faint}>
          Link runs out <Time at={item.linkExpiresAt} />
        </span>
      ) : null}
      {item.reason ? <span className={styles.faint}>{reasonName(item.reason)}</span> : null}
    </span>
  );
}

interface Options {
  /** Shows whose key it is. */
  owner: boolean;
  /** Shows the row menu, and takes the link when one is sent again. */
  onRegistration: ShowRegistration | undefined;
}

export function keyColumns({ owner, onRegistration }: Options): Column<Key>[] {
  const columns: Column<Key>[] = [
    { key: 'name', header: 'Key', sort: 'name', primary: true, render: (item) => <Name item={item} /> },
  ];
  if (owner) columns.push({ key: 'owner', header: 'Owner', render: (item) => <PersonLink {...item.user} /> });
  columns.push(
    { key: 'state', header: 'State', render: (item) => <State item={item} /> },
    { key: 'created', header: 'Created', sort: 'createdAt', render: (item) => <Time at={item.createdAt} format="day" /> },
    { key: 'lastUsed', header: 'Last used', sort: 'lastUsedAt', render: (item) => <Time at={item.lastUsedAt} /> },
  );
  if (onRegistration) {
    columns.push({
      key: 'actions',
      header: 'Actions',
      headerHidden: true,
      card: 'corner',
      width: '56px',
      render: (item) => <KeyMenu item={item} onRegistration={onRegistration} />,
    });
  }
  return columns;
}
