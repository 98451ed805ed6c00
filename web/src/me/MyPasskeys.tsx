// One's own WebAuthn credentials: which key, registered when and from where, and whether copies may exist.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import type { Credential } from '../api';
import { backupWords, transportWords } from '../shared/credentialWords';
import { DataList, type Column } from '../shared/DataList';
import { KeyStateBadge } from '../shared/StatusBadge';
import { EmptyState } from '../shared/states';
import { Time } from '../shared/Time';
import { deviceWords } from '../shared/userAgent';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  strong: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  small: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
});

export function MyPasskeys({ items }: { items: Credential[] | undefined }) {
  const styles = useStyles();
  const columns: Column<Credential>[] = [
    {
      key: 'model',
      header: 'Passkey',
      primary: true,
      render: (credential) => (
        <span className={styles.stack}>
          <span className={styles.strong}>{credential.model ?? 'Unknown model'}</span>
          <span className={styles.small}>{credential.keyName}</span>
        </span>
      ),
    },
    { key: 'state', header: 'State', card: 'corner', render: (credential) => <KeyStateBadge state={credential.keyState} /> },
    {
      key: 'registered',
      header: 'Registered',
      render: (credential) => (
        <span className={styles.stack}>
          <Time at={credential.registeredAt} format="day" />
          <span className={styles.small}>
            {deviceWords(credential.registeredUserAgent)}
            {credential.registeredIp ? `, ${credential.registeredIp}` : ''}
          </span>
        </span>
      ),
    },
    { key: 'used', header: 'Last used', render: (credential) => <Time at={credential.lastUsedAt} /> },
    { key: 'transports', header: 'Connects by', render: (credential) => transportWords(credential.transports) ?? 'Not told' },
    { key: 'backup', header: 'Copies', render: (credential) => backupWords(credential) },
  ];
  return (
    <DataList
      label="Passkeys"
      columns={columns}
      items={items}
      getKey={(credential) => credential.id}
      empty={
        <EmptyState illustration="keys" title="No passkey yet" level={3}>
          A passkey appears here once you have registered a key.
        </EmptyState>
      }
    />
  );
}
