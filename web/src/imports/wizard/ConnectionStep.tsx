// Step 1 of the Entra ID wizard: whether the tenant can be read, and what to do when it can't.
import { makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import type { EntraConnection } from '../../api';
import { useCan } from '../../app/session';
import { Facts } from '../../shared/Card';
import { ButtonLink } from '../../shared/links';
import { EmptyState } from '../../shared/states';
import { Time } from '../../shared/Time';
import { ConnectionBadge } from '../../integrations/ConnectionBadge';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '20px' },
  bar: { paddingTop: '8px', paddingBottom: '8px' },
  title: { display: 'block' },
});

export function ConnectionStep({ connection }: { connection: EntraConnection }) {
  const styles = useStyles();
  const mayConnect = useCan('settingsWrite');
  const toConnection = (words: string, primary?: boolean) => (
    <ButtonLink to="/integrations/entra" appearance={primary ? 'primary' : undefined}>
      {words}
    </ButtonLink>
  );
  if (connection.state === 'notConfigured') {
    return (
      <EmptyState
        illustration="cloud"
        title="Connect Entra ID first"
        level={3}
        actions={mayConnect ? toConnection('Connect Entra ID', true) : null}
      >
        {mayConnect
          ? 'Keystead reads people and groups through an app registration in your tenant. It takes about ten minutes, once.'
          : 'Ask an administrator to connect it under Integrations. After that you can import from it.'}
      </EmptyState>
    );
  }
  return (
    <div className={styles.root}>
      {connection.state !== 'working' ? (
        <MessageBar intent={connection.state === 'failing' ? 'error' : 'warning'} layout="multiline" className={styles.bar}>
          <MessageBarBody>
            <MessageBarTitle className={styles.title}>
              {connection.state === 'failing' ? 'Entra ID can’t be read now' : 'Keystead is not authorized yet'}
            </MessageBarTitle>
            {connection.problem?.message ?? 'An administrator of the tenant has to consent once.'}
          </MessageBarBody>
          {mayConnect ? <MessageBarActions>{toConnection('Go to the connection')}</MessageBarActions> : null}
        </MessageBar>
      ) : null}
      <Facts
        items={[
          ['State', <ConnectionBadge key="state" state={connection.state} />],
          ['Tenant', connection.tenantName ?? connection.tenant],
          ['Checked', <Time key="token" at={connection.lastToken} />],
        ]}
      />
    </div>
  );
}
