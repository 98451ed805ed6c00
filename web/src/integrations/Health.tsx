// Whether the connection works: the last token, what is granted and what is missing, and until when.
import { makeStyles, tokens } from '@fluentui/react-components';
import { CheckmarkCircle16Filled, DismissCircle16Filled } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import type { EntraConnection } from '../api';
import { Card, Facts } from '../shared/Card';
import { Time } from '../shared/Time';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '6px' },
  permission: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 8px' },
  good: { color: tokens.colorPaletteGreenForeground1 },
  bad: { color: tokens.colorPaletteRedForeground1 },
  code: { fontFamily: 'ui-monospace, monospace', fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
});

export function Health({ connection }: { connection: EntraConnection }) {
  const styles = useStyles();
  const { credential, permissions } = connection;
  const permission = (name: string, granted: boolean) => (
    <li key={name} className={styles.permission}>
      {granted ? (
        <CheckmarkCircle16Filled className={styles.good} aria-hidden />
      ) : (
        <DismissCircle16Filled className={styles.bad} aria-hidden />
      )}
      <span className={styles.code}>{name}</span>
      <span>{granted ? 'granted' : 'missing'}</span>
    </li>
  );
  const items: [string, ReactNode][] = [
    ['Tenant', connection.tenantName ? `${connection.tenantName} (${connection.tenantId ?? connection.tenant ?? ''})` : connection.tenant],
    ['Last token', <Time key="token" at={connection.lastToken} never="None yet" />],
  ];
  if (connection.lastToken) {
    items.push(['Reads', connection.way === 'application' ? 'On its own' : 'On behalf of the administrator who signed in']);
  }
  if (permissions.granted.length + permissions.missing.length > 0) {
    items.push([
      'Permissions',
      <ul key="permissions" className={styles.list}>
        {permissions.missing.map((name) => permission(name, false))}
        {permissions.granted.map((name) => permission(name, true))}
      </ul>,
    ]);
  }
  if (credential) {
    items.push([
      credential.type === 'secret' ? 'Secret' : 'Certificate',
      credential.expiresAt ? (
        <>
          Runs out on <Time at={credential.expiresAt} format="day" />
        </>
      ) : (
        'When it runs out is not known'
      ),
    ]);
  }
  return (
    <Card title="Health">
      <Facts items={items} />
    </Card>
  );
}
