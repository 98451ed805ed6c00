// Keys for programs: made with a role and an end, shown once, revoked for good.
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { Add20Regular, CheckmarkCircle16Filled, Delete20Regular, TimerOffFilled } from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type ApiKey } from '../api';
import { Card } from '../shared/Card';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { DataList, type Column } from '../shared/DataList';
import { roleNames } from '../shared/names';
import { EmptyState } from '../shared/states';
import { Badge } from '../shared/StatusBadge';
import { Time } from '../shared/Time';
import { useToast } from '../shared/toast';
import { NewApiKeyDialog } from './NewApiKeyDialog';

const useStyles = makeStyles({
  name: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
});
export const apiKeysKey = ['api-keys'];

export function ApiKeysTab() {
  const styles = useStyles();
  const client = useQueryClient();
  const toast = useToast();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: apiKeysKey,
    queryFn: ({ signal }) => api.get('/api-keys', { signal }),
  });

  const columns: Column<ApiKey>[] = [
    { key: 'name', header: 'Name', primary: true, render: (key) => <span className={styles.name}>{key.name}</span> },
    {
      key: 'state',
      header: 'State',
      card: 'corner',
      render: (key) =>
        Date.parse(key.expiresAt) > Date.now() ? (
          <Badge tone="good" icon={<CheckmarkCircle16Filled aria-hidden />}>
            Works
          </Badge>
        ) : (
          <Badge tone="off" icon={<TimerOffFilled fontSize={16} aria-hidden />}>
            Expired
          </Badge>
        ),
    },
    { key: 'role', header: 'Role', render: (key) => roleNames[key.role] },
    { key: 'expires', header: 'Expires', render: (key) => <Time at={key.expiresAt} format="day" /> },
    { key: 'used', header: 'Last used', render: (key) => <Time at={key.lastUsedAt} /> },
    { key: 'by', header: 'Made by', render: (key) => key.createdBy ?? 'Command line' },
    {
      key: 'actions',
      header: 'Actions',
      headerHidden: true,
      card: 'corner',
      width: '64px',
      render: (key) => (
        <Button
          appearance="subtle"
          icon={<Delete20Regular />}
          aria-label={`Revoke ${key.name}`}
          onClick={() => setRevoking(key)}
        />
      ),
    },
  ];

  const add = (
    <Button appearance="primary" icon={<Add20Regular />} onClick={() => setMaking(true)}>
      New API key
    </Button>
  );
  return (
    <>
      <Card
        flush
        title="API keys"
        description="A program uses one to act with a role. Its activity is recorded under the key’s name."
        actions={data && data.items.length > 0 ? add : undefined}
      >
        <DataList
          label="API keys"
          columns={columns}
          items={data?.items}
          getKey={(key) => key.id}
          error={error}
          onRetry={() => void refetch()}
          empty={
            <EmptyState illustration="keys" title="No API key yet" level={3} actions={add}>
              Make one when another program shall add people or read what happened.
            </EmptyState>
          }
        />
      </Card>
      <NewApiKeyDialog open={making} onClose={() => setMaking(false)} />
      <ConfirmDialog
        open={revoking !== null}
        danger
        title={`Revoke “${revoking?.name ?? ''}”?`}
        confirmLabel="Revoke API key"
        onConfirm={async () => {
          if (!revoking) return;
          await api.del('/api-keys/{id}', { path: { id: revoking.id } });
          await client.invalidateQueries({ queryKey: apiKeysKey });
          toast.success('API key revoked', `“${revoking.name}” works no more.`);
        }}
        onClose={() => setRevoking(null)}
      >
        Programs that use this key are refused from this second. That can’t be undone; they need a new key.
      </ConfirmDialog>
    </>
  );
}
