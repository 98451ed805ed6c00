// Changing and deleting a group, from its page's header.
import { Button } from '@fluentui/react-components';
import { Delete20Regular, Edit20Regular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, Problem, type Group } from '../api';
import { useCan } from '../app/session';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { roleNames } from '../shared/names';
import { useToast } from '../shared/toast';
import { AssignKeys } from './AssignKeys';
import { GroupForm, requireName, type GroupDraft } from './GroupForm';
import { useRefreshGroups } from './refresh';

/**
 * What this person may do with the group. Who gives roles may set the role of any group that comes from
 * SCIM; everything else about it, and its members, is the directory's.
 */
export function useGroupRights({ type, role }: Group): { members: boolean; role: boolean } {
  const mayWrite = useCan('groupsWrite');
  const mayGiveRoles = useCan('rolesWrite');
  return {
    members: type === 'local' && mayWrite && (role === null || mayGiveRoles),
    role: type === 'scim' && mayWrite && mayGiveRoles,
  };
}

export function GroupActions({ group }: { group: Group }) {
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null);
  const may = useGroupRights(group);
  return (
    <>
      <AssignKeys group={group} />
      {may.members || may.role ? (
        <Button icon={<Edit20Regular />} onClick={() => setOpen('edit')}>
          {may.role ? 'Set role' : 'Edit'}
        </Button>
      ) : null}
      {may.members ? (
        <Button icon={<Delete20Regular />} onClick={() => setOpen('delete')}>
          Delete
        </Button>
      ) : null}
      {open === 'edit' ? <EditGroup group={group} onClose={() => setOpen(null)} /> : null}
      {open === 'delete' ? <DeleteGroup group={group} onClose={() => setOpen(null)} /> : null}
    </>
  );
}

function EditGroup({ group, onClose }: { group: Group; onClose: () => void }) {
  const queries = useQueryClient();
  const refresh = useRefreshGroups();
  const toast = useToast();
  const [draft, setDraft] = useState<GroupDraft>({
    name: group.name,
    description: group.description ?? '',
    role: group.role ?? '',
  });
  // What was read when the dialog opened: a change by somebody else in between must not be lost.
  const [version, setVersion] = useState(group.version);
  const [error, setError] = useState<unknown>(null);
  const managed = group.type === 'scim';
  const save = async () => {
    setError(null);
    try {
      requireName(draft);
      const role = draft.role || null;
      await api.patch('/groups/{id}', {
        path: { id: group.id },
        ifMatch: version,
        body: {
          ...(!managed && { name: draft.name.trim(), description: draft.description.trim() || null }),
          // Sent only when changed: whoever may not give roles may still rename the group.
          ...(role !== group.role && { role }),
        },
      });
      refresh();
      toast.success('Group saved');
    } catch (failure) {
      if (failure instanceof Problem && failure.status === 412) {
        const fresh = await queries.fetchQuery({
          queryKey: ['groups', group.id],
          queryFn: () => api.get('/groups/{id}', { path: { id: group.id } }),
          staleTime: 0,
        });
        setDraft({ name: fresh.name, description: fresh.description ?? '', role: fresh.role ?? '' });
        setVersion(fresh.version);
        throw new Problem(
          {
            code: failure.code,
            title: 'Somebody else changed this group',
            detail: 'Their values are shown now. Make your change again and save.',
          },
          412,
        );
      }
      setError(failure);
      throw failure;
    }
  };
  return (
    <ConfirmDialog
      open
      title={managed ? `Set the role of ${group.name}` : `Edit ${group.name}`}
      confirmLabel="Save"
      cancelLabel="Cancel"
      onConfirm={save}
      onClose={onClose}
    >
      <GroupForm draft={draft} managed={managed} onChange={setDraft} error={error} />
    </ConfirmDialog>
  );
}

function DeleteGroup({ group, onClose }: { group: Group; onClose: () => void }) {
  const queries = useQueryClient();
  const refresh = useRefreshGroups();
  const navigate = useNavigate();
  const toast = useToast();
  const remove = async () => {
    await api.del('/groups/{id}', { path: { id: group.id }, ifMatch: group.version });
    toast.success(`Group ${group.name} deleted`);
    await navigate({ to: '/groups' });
    queries.removeQueries({ queryKey: ['groups', group.id] });
    refresh();
  };
  const members = `${group.memberCount.toLocaleString('en')} ${group.memberCount === 1 ? 'person' : 'people'}`;
  return (
    <ConfirmDialog open title={`Delete ${group.name}?`} confirmLabel="Delete group" danger onConfirm={remove} onClose={onClose}>
      {group.memberCount === 0
        ? 'The group has no members; nobody loses anything.'
        : `${members} will no longer belong to it${
            group.role
              ? ` and will lose the role ${roleNames[group.role]}, unless another group gives it to them`
              : ''
          }. The people themselves and their keys stay.`}{' '}
      This can’t be undone.
    </ConfirmDialog>
  );
}
