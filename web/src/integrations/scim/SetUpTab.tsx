// Connecting a directory: the first secret, the address, and what to do in Entra ID, step by step.
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { ScimIntegration, ScimToken } from '../../api';
import { useCan } from '../../app/session';
import { Card } from '../../shared/Card';
import { CopyField } from '../../shared/CopyField';
import { TextLink } from '../../shared/links';
import { EmptyState } from '../../shared/states';
import { Attributes } from './Attributes';
import { Mappings } from './Mappings';
import { NewTokenDialog, type NewSecret } from './NewTokenDialog';
import { OtherClients } from './OtherClients';
import type { ScimState } from './state';

const useStyles = makeStyles({
  address: { display: 'flex', flexDirection: 'column', gap: '20px', maxWidth: '640px' },
  list: { margin: 0, paddingLeft: '24px', display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '76ch' },
  secret: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: '12px' },
  faint: { margin: 0, color: tokens.colorNeutralForeground3 },
});

interface Props {
  scim: ScimIntegration;
  tokens: ScimToken[];
  state: ScimState;
}

export function SetUpTab({ scim, tokens: secrets, state }: Props) {
  const styles = useStyles();
  const mayWrite = useCan('settingsWrite');
  const [making, setMaking] = useState<NewSecret | null>(null);
  return (
    <>
      {state === 'off' ? (
        <Card>
          <EmptyState
            illustration="cloud"
            title="SCIM is off"
            actions={
              mayWrite ? (
                <Button appearance="primary" onClick={() => setMaking({ kind: 'token', first: true })}>
                  Switch on
                </Button>
              ) : null
            }
          >
            Switching it on makes the first token: the secret that your directory calls with. Nothing changes here until it calls.
          </EmptyState>
        </Card>
      ) : (
        <Card title="What your directory asks for">
          <div className={styles.address}>
            <CopyField label="Tenant URL" value={scim.tenantUrl} />
            <div className={styles.secret}>
              <p className={styles.faint}>
                A <strong>Secret Token</strong> is shown once, when it is made.{' '}
                {secrets.length === 0
                  ? 'There is none now.'
                  : secrets.length === 1
                    ? 'There is one.'
                    : `There are ${secrets.length}.`}{' '}
                <TextLink to="/integrations/scim" search={{ tab: 'tokens' }} inline>
                  Tokens
                </TextLink>
              </p>
              {mayWrite ? (
                <Button icon={<Add20Regular />} onClick={() => setMaking({ kind: 'token' })}>
                  New secret token
                </Button>
              ) : null}
            </div>
          </div>
        </Card>
      )}
      <Steps />
      <Mappings />
      <Attributes />
      <OtherClients
        tokenUrl={scim.tokenUrl}
        onMakeClient={mayWrite ? () => setMaking({ kind: 'client', first: state === 'off' }) : undefined}
      />
      <NewTokenDialog wanted={making} scim={scim} taken={secrets.map(({ name }) => name)} onClose={() => setMaking(null)} />
    </>
  );
}

function Steps() {
  const styles = useStyles();
  return (
    <Card title="In Microsoft Entra ID" description="Once, as an Application Administrator of the tenant. It takes about fifteen minutes.">
      <ol className={styles.list}>
        <li>
          In the Entra admin center open <strong>Enterprise applications</strong>, choose <strong>New application</strong>, then{' '}
          <strong>Create your own application</strong>. Name it Keystead, and pick{' '}
          <strong>Integrate any other application you don’t find in the gallery (Non-gallery)</strong>.
        </li>
        <li>
          In the application open <strong>Provisioning</strong>. Set <strong>Provisioning Mode</strong> to{' '}
          <strong>Automatic</strong>, and enter the <strong>Tenant URL</strong> and the <strong>Secret Token</strong> under{' '}
          <strong>Admin Credentials</strong>.
        </li>
        <li>
          Press <strong>Test Connection</strong>. Entra looks for somebody who does not exist; this page says{' '}
          <strong>Works</strong> within seconds. Press <strong>Save</strong>.
        </li>
        <li>
          Under <strong>Mappings</strong> set the two tables below, for users and for groups.
        </li>
        <li>
          Under <strong>Users and groups</strong> assign who is to have an account here, and under <strong>Settings</strong> keep
          the scope at <strong>Sync only assigned users and groups</strong>.
        </li>
        <li>
          Try one person with <strong>Provision on demand</strong>. The{' '}
          <TextLink to="/integrations/scim" search={{ tab: 'log' }} inline>
            request log
          </TextLink>{' '}
          shows what Entra asked, and what it was answered.
        </li>
        <li>
          Press <strong>Start provisioning</strong>. The first cycle takes everybody; after that Entra comes back about every 40
          minutes.
        </li>
      </ol>
    </Card>
  );
}
