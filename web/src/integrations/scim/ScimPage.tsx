// SCIM: how a directory is connected, how the connection stands, its secrets, what it did, and who was
// in its way. A tab each, kept in the URL.
import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ScimIntegration, ScimToken } from '../../api';
import { useCan } from '../../app/session';
import { Card } from '../../shared/Card';
import { TextLink } from '../../shared/links';
import { PageHeader } from '../../shared/PageHeader';
import { PageTabs } from '../../shared/PageTabs';
import { ErrorState, SkeletonLines } from '../../shared/states';
import { Time } from '../../shared/Time';
import { dayWords } from '../../shared/time';
import { useToast } from '../../shared/toast';
import { ConflictsTab } from './ConflictsTab';
import { ConnectionTab } from './ConnectionTab';
import { scimTabs, type ScimTab } from './filters';
import { LogTab } from './LogTab';
import { scimQuery, scimTokensQuery, useChangeScim } from './queries';
import { ScimBadge } from './ScimBadge';
import { SetUpTab } from './SetUpTab';
import { scimState, tokenWarning, type ScimState } from './state';
import { TokensTab } from './TokensTab';

const route = getRouteApi('/shell/integrations/scim');

const useStyles = makeStyles({
  warnings: { display: 'flex', flexDirection: 'column', gap: '12px', marginBottom: '24px', ':empty': { display: 'none' } },
  bar: { paddingTop: '8px', paddingBottom: '8px' },
  title: { display: 'block' },
});

const tabNames: Record<ScimTab, string> = {
  setup: 'Set-up',
  connection: 'Connection',
  tokens: 'Tokens',
  log: 'Request log',
  conflicts: 'Conflicts',
};

export function ScimPage() {
  const scim = useQuery(scimQuery);
  const tokens = useQuery(scimTokensQuery);
  const state = scim.data && tokens.data ? scimState(scim.data, tokens.data) : null;
  const error = (scim.data ? null : scim.error) ?? (tokens.data ? null : tokens.error);
  return (
    <>
      <PageHeader
        title="SCIM"
        above={<TextLink to="/integrations">Integrations</TextLink>}
        beside={state ? <ScimBadge state={state} /> : null}
        description="Your directory adds, changes and disables people and groups here by itself, minutes after it happens there. For Microsoft Entra ID, Okta and whatever else speaks SCIM 2.0."
      />
      {scim.data && tokens.data && state ? (
        <Loaded scim={scim.data} tokens={tokens.data} state={state} />
      ) : (
        <Card>
          {error ? (
            <ErrorState
              error={error}
              onRetry={() => {
                void scim.refetch();
                void tokens.refetch();
              }}
            />
          ) : (
            <SkeletonLines lines={6} label="The state of SCIM is loading" />
          )}
        </Card>
      )}
    </>
  );
}

interface Props {
  scim: ScimIntegration;
  tokens: ScimToken[];
  state: ScimState;
}

function Loaded({ scim, tokens, state }: Props) {
  const navigate = useNavigate();
  // Whoever has nothing yet begins with the set-up; later the first question is whether it works.
  const tab = route.useSearch().tab ?? (state === 'off' || state === 'waiting' ? 'setup' : 'connection');
  const contents: Record<ScimTab, () => ReactNode> = {
    setup: () => <SetUpTab scim={scim} tokens={tokens} state={state} />,
    connection: () => <ConnectionTab scim={scim} state={state} />,
    tokens: () => <TokensTab scim={scim} tokens={tokens} />,
    log: () => <LogTab />,
    conflicts: () => <ConflictsTab count={scim.conflicts} />,
  };
  return (
    <>
      <Warnings scim={scim} tokens={tokens} state={state} />
      <PageTabs
        label="Parts of SCIM"
        tabs={scimTabs.map((value) => ({
          value,
          label:
            value === 'conflicts' && scim.conflicts > 0
              ? `${tabNames.conflicts} (${scim.conflicts.toLocaleString('en')})`
              : tabNames[value],
        }))}
        value={tab}
        onChange={(value) =>
          void navigate({ to: '/integrations/scim', search: { tab: value }, replace: true, resetScroll: false })
        }
      >
        {contents[tab]()}
      </PageTabs>
    </>
  );
}

function Warnings({ scim, tokens, state }: Props) {
  const styles = useStyles();
  const end = state === 'off' ? null : tokenWarning(tokens);
  return (
    <div className={styles.warnings}>
      {state === 'paused' ? <Paused /> : null}
      {end?.kind === 'none' ? (
        <Warning intent="error" title="No token works">
          Your directory is refused until you{' '}
          <TextLink to="/integrations/scim" search={{ tab: 'tokens' }} inline>
            make a new one
          </TextLink>{' '}
          and enter it there.
        </Warning>
      ) : null}
      {end?.kind === 'soon' && end.token ? (
        <Warning intent="warning" title={`The token “${end.token.name}” runs out on ${dayWords(end.token.expiresAt)}`}>
          No other lives longer. Make{' '}
          <TextLink to="/integrations/scim" search={{ tab: 'tokens' }} inline>
            the next one
          </TextLink>{' '}
          and enter it in your directory before that day; until then both work.
        </Warning>
      ) : null}
      {state === 'silent' ? (
        <Warning intent="warning" title="Your directory has stopped calling">
          Its last request came <Time at={scim.lastRequestAt} />. Entra ID calls about every 40 minutes. Look at the application
          there, under <strong>Provisioning</strong>: was it stopped, or put into quarantine?
        </Warning>
      ) : null}
      {state === 'failing' ? (
        <Warning intent="error" title="Your directory calls, and is refused">
          {scim.lastSuccessAt ? (
            <>
              Nothing has succeeded since <Time at={scim.lastSuccessAt} />.
            </>
          ) : (
            'Nothing has succeeded yet.'
          )}{' '}
          The{' '}
          <TextLink to="/integrations/scim" search={{ tab: 'log', outcome: 'failed' }} inline>
            request log
          </TextLink>{' '}
          says why, and what to do.
        </Warning>
      ) : null}
    </div>
  );
}

function Warning({ intent, title, children }: { intent: 'warning' | 'error'; title: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <MessageBar intent={intent} layout="multiline" className={styles.bar}>
      <MessageBarBody>
        <MessageBarTitle className={styles.title}>{title}</MessageBarTitle>
        {children}
      </MessageBarBody>
    </MessageBar>
  );
}

function Paused() {
  const styles = useStyles();
  const toast = useToast();
  const change = useChangeScim();
  const mayWrite = useCan('settingsWrite');
  const resume = useMutation({
    mutationFn: () => change({ paused: false }),
    onSuccess: () => toast.success('SCIM goes on', 'Your directory catches up at its next cycle.'),
    onError: (error) => toast.failure(error),
  });
  return (
    <MessageBar intent="warning" layout="multiline" className={styles.bar}>
      <MessageBarBody>
        <MessageBarTitle className={styles.title}>SCIM is paused</MessageBarTitle>
        Every request is answered 503, come back later. Nobody is added, changed or disabled meanwhile, leavers neither.
      </MessageBarBody>
      {mayWrite ? (
        <MessageBarActions>
          <Button disabledFocusable={resume.isPending} onClick={() => resume.mutate()}>
            {resume.isPending ? 'Working…' : 'Resume'}
          </Button>
        </MessageBarActions>
      ) : null}
    </MessageBar>
  );
}
