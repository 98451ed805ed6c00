// The groups of one person: joining and leaving.
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { Add20Regular, SubtractCircle20Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api, type GroupOfUser, type User } from '../api';
import { useCan } from '../app/session';
import { findLocalGroups } from '../groups/find';
import { useRefreshGroups } from '../groups/refresh';
import { RoleBadge } from '../groups/RoleBadge';
import { Card } from '../shared/Card';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { DataList, type Column } from '../shared/DataList';
import { TextLink } from '../shared/links';
import { groupTypeNames, roleNames } from '../shared/names';
import { Picker, type Choice } from '../shared/Picker';
import { EmptyState } from '../shared/states';
import { useToast } from '../shared/toast';

const useStyles = makeStyles({
  name: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
});

function Name({ group }: { group: GroupOfUser }) {
  const styles = useStyles();
  return (
    <TextLink to="/groups/$id" params={{ id: group.id }} className={styles.name}>
      {group.name}
    </TextLink>
  );
}

export function GroupsTab({ user, mayChange }: { user: User; mayChange: boolean }) {
  const mayGiveRoles = useCan('rolesWrite');
  const refresh = useRefreshGroups();
  const [leaving, setLeaving] = useState<GroupOfUser | null>(null);
  const [adding, setAdding] = useState(false);
  const groups = useQuery({
    queryKey: ['users', user.id, 'groups'],
    queryFn: ({ signal }) => api.get('/users/{id}/groups', { path: { id: user.id }, signal }),
  });
  const columns = useMemo<Column<GroupOfUser>[]>(
    () => [
      { key: 'name', header: 'Group', primary: true, render: (group) => <Name group={group} /> },
      { key: 'type', header: 'Type', render: (group) => groupTypeNames[group.type] },
      { key: 'role', header: 'Role', render: (group) => <RoleBadge role={group.role} /> },
      {
        key: 'leave',
        header: 'Remove',
        headerHidden: true,
        card: 'corner',
        width: '56px',
        render: (group) =>
          mayChange && group.type === 'local' && (group.role === null || mayGiveRoles) ? (
            <Button
              appearance="subtle"
              icon={<SubtractCircle20Regular />}
              aria-label={`Remove from ${group.name}`}
              onClick={() => setLeaving(group)}
            />
          ) : null,
      },
    ],
    [mayChange, mayGiveRoles],
  );
  const add = mayChange ? (
    <Button icon={<Add20Regular />} onClick={() => setAdding(true)}>
      Add to groups
    </Button>
  ) : null;
  return (
    <>
      <Card flush title="Groups" actions={add}>
        <DataList
          label="Groups"
          columns={columns}
          items={groups.data?.items}
          getKey={(group) => group.id}
          error={groups.error}
          onRetry={() => void groups.refetch()}
          empty={<EmptyState illustration="groups" title="No groups yet" />}
        />
      </Card>
      <AddToGroups user={user} present={groups.data?.items ?? []} open={adding} onClose={() => setAdding(false)} />
      <ConfirmDialog
        open={leaving !== null}
        title={`Remove ${user.displayName} from ${leaving?.name ?? ''}?`}
        confirmLabel="Remove"
        danger
        onConfirm={async () => {
          if (!leaving) return;
          await api.del('/users/{id}/groups/{groupId}', { path: { id: user.id, groupId: leaving.id } });
          refresh();
        }}
        onClose={() => setLeaving(null)}
      >
        {leaving?.role
          ? `${user.displayName} loses the role ${roleNames[leaving.role]}, unless another group gives it to them.`
          : 'The account and its keys stay as they are.'}
      </ConfirmDialog>
    </>
  );
}

interface AddProps {
  user: User;
  present: readonly GroupOfUser[];
  open: boolean;
  onClose: () => void;
}

function AddToGroups({ user, present, open, onClose }: AddProps) {
  const toast = useToast();
  const refresh = useRefreshGroups();
  const mayGiveRoles = useCan('rolesWrite');
  const [chosen, setChosen] = useState<Choice[]>([]);
  const close = () => {
    setChosen([]);
    onClose();
  };
  const add = async () => {
    try {
      // One after the other: joining is repeatable, so a failure half-way is mended by trying again.
      for (const group of chosen) {
        await api.put('/users/{id}/groups/{groupId}', { path: { id: user.id, groupId: group.id } });
      }
    } finally {
      refresh();
    }
    if (chosen.length > 0) toast.success(`${user.displayName} was added`, chosen.map((group) => group.name).join(', '));
  };
  return (
    <ConfirmDialog
      open={open}
      title={`Add ${user.displayName} to groups`}
      confirmLabel="Add"
      cancelLabel="Cancel"
      onConfirm={add}
      onClose={close}
    >
      <Picker
        label="Search groups"
        things="groups"
        placeholder="Name of a group"
        queryKey={['groups', 'join', user.id, mayGiveRoles, present.map((group) => group.id)]}
        find={async (q, signal) => {
          const found = await findLocalGroups(q, mayGiveRoles, signal);
          return {
            ...found,
            offers: found.offers.map((offer) =>
              present.some((group) => group.id === offer.id) ? { ...offer, refusedBecause: 'Already a member' } : offer,
            ),
          };
        }}
        chosen={chosen}
        onChange={setChosen}
      />
    </ConfirmDialog>
  );
}
