// Integrations: what Keystead is connected to, a card each.
import { makeStyles } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useCan } from '../app/session';
import { Card, Facts } from '../shared/Card';
import { ButtonLink } from '../shared/links';
import { PageHeader } from '../shared/PageHeader';
import { ErrorState, SkeletonLines } from '../shared/states';
import { Time } from '../shared/Time';
import { ConnectionBadge } from './ConnectionBadge';
import { entraQuery } from './entraQuery';

const useStyles = makeStyles({
  cards: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 420px), 1fr))', gap: '24px' },
});

export function IntegrationsPage() {
  const styles = useStyles();
  const mayWrite = useCan('settingsWrite');
  const mayRun = useCan('importsRun');
  const { data, error, refetch } = useQuery(entraQuery);
  return (
    <>
      <PageHeader title="Integrations" description="The directories and services that Keystead works with." />
      <div className={styles.cards}>
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
      </div>
    </>
  );
}
