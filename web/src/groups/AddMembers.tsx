// Adds people to a group, several at once.
import { useState } from 'react';
import { api, type Group } from '../api';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { roleNames } from '../shared/names';
import { Picker, type Choice } from '../shared/Picker';
import { useToast } from '../shared/toast';
import { findPeople } from './people';
import { useRefreshGroups } from './refresh';

interface Props {
  group: Group;
  open: boolean;
  onClose: () => void;
}

export function AddMembers({ group, open, onClose }: Props) {
  const toast = useToast();
  const refresh = useRefreshGroups();
  const [chosen, setChosen] = useState<Choice[]>([]);
  const close = () => {
    setChosen([]);
    onClose();
  };
  const add = async () => {
    if (chosen.length === 0) return;
    const { added } = await api.post('/groups/{id}/members', {
      path: { id: group.id },
      body: { add: chosen.map((person) => person.id) },
    });
    refresh();
    toast.success(added === 1 ? 'One person added' : `${added.toLocaleString('en')} people added`, group.name);
  };
  const count = chosen.length;
  return (
    <ConfirmDialog
      open={open}
      title={`Add people to ${group.name}`}
      confirmLabel={count === 0 ? 'Add' : count === 1 ? 'Add 1 person' : `Add ${count} people`}
      cancelLabel="Cancel"
      onConfirm={add}
      onClose={close}
    >
      {group.role ? <p>Everybody you add gets the role {roleNames[group.role]}.</p> : null}
      <Picker
        label="Search people"
        things="people"
        placeholder="Name, e-mail or user name"
        queryKey={['users', 'pick']}
        find={findPeople}
        chosen={chosen}
        onChange={setChosen}
      />
    </ConfirmDialog>
  );
}
