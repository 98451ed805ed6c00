// Integrations: what Keystead is connected to, a card each.
import { makeStyles } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useCan } from '../app/session';
import { Card, Facts } from '../shared/Card';
import { ButtonLink, TextLink } from '../shared/links';
import { PageHeader } from '../shared/PageHeader';
import { ErrorState, SkeletonLines } from '../shared/states';
import { Time } from '../shared/Time';
import { ConnectionBadge } from './ConnectionBadge';
import { entraQuery } from './entraQuery';
import { scimQuery, scimTokensQuery } from './scim/queries';
import { ScimBadge } from './scim/ScimBadge';
import { scimState } from './scim/state';

const useStyles = makeStyles({
  cards: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 420px), 1fr))', gap: '24px' },
});

export function IntegrationsPage() {
  const styles = useStyles();
  return (
    <>
      <PageHeader title="Integrations" description="The directories and services that Keystead works with." />
      <div className={styles.cards}>
        <Entra />
        <Scim />
      </div>
    </>
  );
}

function Entra() {
  const mayWrite = useCan('settingsWrite');
  const mayRun = useCan('importsRun');
  const { data, error, refetch } = useQuery(entraQuery);
  return (
    <Card
      title="Microsoft Entra ID"
      description="Imports people and groups of your tenant."
      actions={
        data ? (
          <>
            <ButtonLink
              to="/integrations/entra"
              appearance={data.state === 'working' || !mayWrite ? undefined : 'primary'}
              aria-label={`Microsoft Entra ID: ${data.configured || !mayWrite ? 'open' : 'connect'}`}
            >
              {data.configured || !mayWrite ? 'Open' : 'Connect'}
            </ButtonLink>
            {data.state === 'working' && mayRun ? (
              <ButtonLink to="/imports/new/entra" appearance="primary">
                Import users
              </ButtonLink>
            ) : null}
          </>
        ) : null
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} level={3} />
      ) : !data ? (
        <SkeletonLines lines={3} label="The connection is loading" />
      ) : (
        <Facts
          items={[
            ['State', <ConnectionBadge key="state" state={data.state} />],
            ...(data.configured
              ? ([
                  ['Tenant', data.tenantName ?? data.tenant],
                  ['Last token', <Time key="token" at={data.lastToken} />],
                ] satisfies [string, ReactNode][])
              : []),
          ]}
        />
      )}
    </Card>
  );
}

function Scim() {
  const mayWrite = useCan('settingsWrite');
  const scim = useQuery(scimQuery);
  const tokens = useQuery(scimTokensQuery);
  const data = scim.data && tokens.data ? { ...scim.data, state: scimState(scim.data, tokens.data) } : null;
  const error = scim.error ?? tokens.error;
  const setsUp = data?.state === 'off' && mayWrite;
  return (
    <Card
      title="SCIM"
      description="Your directory adds and disables people by itself."
      actions={
        data ? (
          <ButtonLink
            to="/integrations/scim"
            appearance={setsUp ? 'primary' : undefined}
            aria-label={`SCIM: ${setsUp ? 'set up' : 'open'}`}
          >
            {setsUp ? 'Set up' : 'Open'}
          </ButtonLink>
        ) : null
      }
    >
      {data ? (
        <Facts
          items={[
            ['State', <ScimBadge key="state" state={data.state} />],
            ...(data.state === 'off'
              ? []
              : ([
                  ['Last request', <Time key="request" at={data.lastRequestAt} />],
                  ['Under management', managedWords(data.people, data.groups)],
                  ...(data.conflicts > 0
                    ? [
                        [
                          'Conflicts',
                          <TextLink key="conflicts" to="/integrations/scim" search={{ tab: 'conflicts' }}>
                            {data.conflicts.toLocaleString('en')} to decide
                          </TextLink>,
                        ],
                      ]
                    : []),
                ] as [string, ReactNode][])),
          ]}
        />
      ) : error ? (
        <ErrorState
          error={error}
          onRetry={() => {
            void scim.refetch();
            void tokens.refetch();
          }}
          level={3}
        />
      ) : (
        <SkeletonLines lines={3} label="The state of SCIM is loading" />
      )}
    </Card>
  );
}

function managedWords(people: number, groups: number): string {
  const counted = (count: number, one: string, many: string) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
  return `${counted(people, 'person', 'people')}, ${counted(groups, 'group', 'groups')}`;
}
