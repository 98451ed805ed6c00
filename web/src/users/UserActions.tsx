// Disabling, enabling and deleting a person, each after saying what happens.
import { Button } from '@fluentui/react-components';
import { Delete20Regular, PersonAvailable20Regular, PersonProhibited20Regular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type User } from '../api';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { useToast } from '../shared/toast';
import { keyWords } from './keyWords';
import { useRefreshUsers, userQuery } from './userQuery';

export function UserActions({ user }: { user: User }) {
  const [open, setOpen] = useState<'disable' | 'enable' | 'delete' | null>(null);
  const close = () => setOpen(null);
  const toast = useToast();
  const refresh = useRefreshUsers();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const at = { path: { id: user.id }, ifMatch: user.version };

  return (
    <>
      {user.active ? (
        <Button icon={<PersonProhibited20Regular />} onClick={() => setOpen('disable')}>
          Disable
        </Button>
      ) : (
        <Button icon={<PersonAvailable20Regular />} onClick={() => setOpen('enable')}>
          Enable
        </Button>
      )}
      <Button icon={<Delete20Regular />} onClick={() => setOpen('delete')}>
        Delete
      </Button>

      <ConfirmDialog
        open={open === 'disable'}
        title={`Disable ${user.displayName}?`}
        confirmLabel="Disable"
        danger
        onConfirm={async () => {
          refresh(await api.post('/users/{id}/disable', at));
          toast.success(`${user.displayName} is disabled`);
        }}
        onClose={close}
      >
        {user.displayName} is signed out at once, everywhere, and can’t sign in again until you enable the account. Open
        registration links stop working. Keys, groups and the activity record stay.
        {user.origin === 'scim' ? ' Your directory can enable the account again; disable it there, too.' : ''}
      </ConfirmDialog>
      <ConfirmDialog
        open={open === 'enable'}
        title={`Enable ${user.displayName}?`}
        confirmLabel="Enable"
        onConfirm={async () => {
          refresh(await api.post('/users/{id}/enable', at));
          toast.success(`${user.displayName} is enabled`);
        }}
        onClose={close}
      >
        {user.displayName} can sign in again with {keyWords(user.keys)}, and has the rights of their groups again.
      </ConfirmDialog>
      <ConfirmDialog
        open={open === 'delete'}
        title={`Delete ${user.displayName}?`}
        confirmLabel="Delete"
        danger
        typeName={user.displayName}
        onConfirm={async () => {
          await api.del('/users/{id}', at);
          toast.success(`${user.displayName} was deleted`);
          await navigate({ to: '/users' });
          queries.removeQueries({ queryKey: userQuery(user.id).queryKey });
          refresh();
        }}
        onClose={close}
      >
        {user.displayName} is signed out at once and removed with {keyWords(user.keys)} and{' '}
        {user.groupCount === 1 ? 'one membership' : `${user.groupCount} memberships`}. This can’t be undone. The activity
        record keeps what was done. To only stop somebody from signing in, disable them instead.
        {user.origin === 'scim'
          ? ' Your directory manages this person and adds them again, without keys, unless they are taken out of its scope first.'
          : ''}
      </ConfirmDialog>
    </>
  );
}
