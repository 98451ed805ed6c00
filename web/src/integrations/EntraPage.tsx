// The connection to Microsoft Entra ID: how it stands, how it is made, and its end.
import { Button, makeStyles, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { ArrowClockwise20Regular, PlugDisconnected20Regular } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type EntraConnection } from '../api';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { ButtonLink, TextLink } from '../shared/links';
import { PageHeader } from '../shared/PageHeader';
import { ErrorState, SkeletonLines } from '../shared/states';
import { expiryWords } from '../shared/time';
import { useToast } from '../shared/toast';
import { Authorize } from './Authorize';
import { expiry } from './connection';
import { ConnectionBadge } from './ConnectionBadge';
import { ConnectionForm } from './ConnectionForm';
import { Credential } from './Credential';
import { entraQuery } from './entraQuery';
import { Guide } from './Guide';
import { Health } from './Health';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '24px', minWidth: 0 },
  bar: { paddingTop: '8px', paddingBottom: '8px' },
  title: { display: 'block' },
});

export function EntraPage() {
  const styles = useStyles();
  const { data, error, refetch } = useQuery(entraQuery);
  const mayWrite = useCan('settingsWrite');
  return (
    <>
      <PageHeader
        title="Microsoft Entra ID"
        above={<TextLink to="/integrations">Integrations</TextLink>}
        beside={data ? <ConnectionBadge state={data.state} /> : null}
        description="Keystead reads people and groups of your tenant through an app registration of your own. It writes nothing there."
        actions={data ? <Actions connection={data} mayWrite={mayWrite} /> : null}
      />
      {!data ? (
        <Card>
          {error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : (
            <SkeletonLines lines={6} label="The connection is loading" />
          )}
        </Card>
      ) : (
        <div className={styles.root}>
          <Warnings connection={data} />
          {data.configured ? <Health connection={data} /> : null}
          {mayWrite && data.state !== 'working' ? <Guide redirectUri={data.redirectUri} /> : null}
          {/* Made anew with each version, so that it begins from what is saved. */}
          {mayWrite ? <ConnectionForm key={data.version} connection={data} /> : null}
          {data.nextCertificate ? <Credential certificate={data.nextCertificate} waiting mayWrite={mayWrite} /> : null}
          {data.credential?.type === 'certificate' ? (
            <Credential
              certificate={data.credential}
              waiting={false}
              mayWrite={mayWrite && data.nextCertificate === null}
            />
          ) : null}
          {mayWrite && data.configured ? <Authorize connection={data} /> : null}
          {mayWrite && data.state === 'working' ? <Guide redirectUri={data.redirectUri} /> : null}
        </div>
      )}
    </>
  );
}

function Warnings({ connection }: { connection: EntraConnection }) {
  const styles = useStyles();
  const { problem, credential } = connection;
  const end = credential ? expiry(credential.expiresAt) : 'unknown';
  const what = credential?.type === 'certificate' ? 'certificate' : 'secret';
  return (
    <>
      {problem ? (
        <MessageBar intent="error" layout="multiline" className={styles.bar}>
          <MessageBarBody>
            <MessageBarTitle className={styles.title}>Entra ID can’t be read</MessageBarTitle>
            {problem.message}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {credential?.expiresAt && (end === 'soon' || end === 'over') ? (
        <MessageBar intent={end === 'over' ? 'error' : 'warning'} layout="multiline" className={styles.bar}>
          <MessageBarBody>
            <MessageBarTitle className={styles.title}>
              {end === 'over' ? `The ${what} has run out` : `The ${what} runs out soon`}
            </MessageBarTitle>
            {end === 'over' ? 'Nothing can be imported' : `It works ${expiryWords(credential.expiresAt)}`}.{' '}
            {what === 'secret'
              ? 'Make a new secret in the app registration and enter it below.'
              : 'Make a new certificate below and upload it to the app registration.'}
          </MessageBarBody>
        </MessageBar>
      ) : null}
    </>
  );
}

function Actions({ connection, mayWrite }: { connection: EntraConnection; mayWrite: boolean }) {
  const queries = useQueryClient();
  const toast = useToast();
  const mayRun = useCan('importsRun');
  const [leaving, setLeaving] = useState(false);
  const check = useMutation({
    mutationFn: () => api.post('/integrations/entra/check'),
    onSuccess: (fresh) => {
      queries.setQueryData(entraQuery.queryKey, fresh);
      if (fresh.state === 'working') toast.success('Entra ID answers', 'A token was given, and everything needed is granted.');
    },
    onError: (error) => toast.failure(error),
  });
  const disconnect = async () => {
    await api.del('/integrations/entra', { ifMatch: connection.version });
    await queries.invalidateQueries({ queryKey: entraQuery.queryKey });
    toast.success('Entra ID disconnected');
  };
  if (!connection.configured) return null;
  return (
    <>
      {connection.state === 'working' && mayRun ? (
        <ButtonLink to="/imports/new/entra" appearance="primary">
          Import users
        </ButtonLink>
      ) : null}
      {mayWrite ? (
        <>
          <Button icon={<ArrowClockwise20Regular />} disabledFocusable={check.isPending} onClick={() => check.mutate()}>
            {check.isPending ? 'Checking…' : 'Check now'}
          </Button>
          <Button icon={<PlugDisconnected20Regular />} onClick={() => setLeaving(true)}>
            Disconnect
          </Button>
        </>
      ) : null}
      <ConfirmDialog
        open={leaving}
        danger
        title="Disconnect Entra ID?"
        confirmLabel="Disconnect"
        onConfirm={disconnect}
        onClose={() => setLeaving(false)}
      >
        Keystead forgets the tenant, the client ID and its secret or certificate. Saved schedules stop. People and groups who
        were imported stay as they are. In the tenant, delete the app registration yourself.
      </ConfirmDialog>
    </>
  );
}
