// The security keys of one person, and assigning another.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, type User } from '../api';
import { AssignKey } from '../keys/AssignKey';
import { keyColumns } from '../keys/columns';
import { useRegistrationDialog } from '../keys/RegistrationDialog';
import { Card } from '../shared/Card';
import { DataList } from '../shared/DataList';
import { EmptyState } from '../shared/states';


export function KeysTab({ user, mayChange }: { user: User; mayChange: boolean }) {
  const { show, dialog } = useRegistrationDialog();
  const keys = useQuery({
    queryKey: ['users', user.id, 'keys'],
    queryFn: ({ signal }) => api.get('/users/{id}/keys', { path: { id: user.id }, signal }),
  });
  const columns = useMemo(
    () =>
      keyColumns({ owner: false, onRegistration: mayChange ? show : undefined }).map(
        // Few enough to be read in the order they come.
        ({ sort: _sort, ...column }) => column,
      ),
    [mayChange, show],
  );
  const mayAssign = mayChange && user.active;
  const assign = (primary: boolean) =>
    mayAssign ? <AssignKey person={user} primary={primary} onRegistration={show} /> : null;
  return (
    <>
      <Card flush title="Security keys" actions={keys.data?.items.length ? assign(false) : null}>
        <DataList
          label="Security keys"
          columns={columns}
          items={keys.data?.items}
          getKey={(item) => item.id}
          error={keys.error}
          onRetry={() => void keys.refetch()}
          empty={
            <EmptyState illustration="keys" title="No keys yet" actions={assign(true)}>
              {user.active
                ? `${user.displayName} can’t sign in until a key is assigned and registered.`
                : 'Enable the person first, then assign a key.'}
            </EmptyState>
          }
        />
      </Card>
      {dialog}
    </>
  );
}
