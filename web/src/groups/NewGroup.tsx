// Creates a group, with its first members if they are known already.
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../api';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { Picker, type Choice } from '../shared/Picker';
import { useToast } from '../shared/toast';
import { GroupForm, requireName, type GroupDraft } from './GroupForm';
import { findPeople } from './people';
import { useRefreshGroups } from './refresh';

const empty: GroupDraft = { name: '', description: '', role: '' };

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXL },
});

export function NewGroup() {
  const styles = useStyles();
  const refresh = useRefreshGroups();
  const navigate = useNavigate();
  const toast = useToast();
  // One per opened dialog: pressing twice creates no second group.
  const [intent, setIntent] = useState<string | null>(null);
  const [draft, setDraft] = useState(empty);
  const [members, setMembers] = useState<Choice[]>([]);
  const [error, setError] = useState<unknown>(null);

  const start = () => {
    setDraft(empty);
    setMembers([]);
    setError(null);
    setIntent(crypto.randomUUID());
  };
  const create = async () => {
    setError(null);
    try {
      requireName(draft);
      const group = await api.post('/groups', {
        body: {
          name: draft.name.trim(),
          ...(draft.description.trim() && { description: draft.description.trim() }),
          ...(draft.role && { role: draft.role }),
          ...(members.length > 0 && { memberIds: members.map((member) => member.id) }),
        },
        idempotencyKey: intent ?? undefined,
      });
      refresh();
      toast.success(`Group ${group.name} created`);
      void navigate({ to: '/groups/$id', params: { id: group.id } });
    } catch (failure) {
      setError(failure);
      throw failure;
    }
  };

  return (
    <>
      <Button appearance="primary" icon={<Add20Regular />} onClick={start}>
        New Group
      </Button>
      <ConfirmDialog
        open={intent !== null}
        title="New group"
        confirmLabel="Create group"
        cancelLabel="Cancel"
        onConfirm={create}
        onClose={() => setIntent(null)}
      >
        <div className={styles.form}>
          <GroupForm draft={draft} onChange={setDraft} error={error} />
          <Picker
            label="Search people to add"
            things="people"
            placeholder="Name, e-mail or user name"
            queryKey={['users', 'pick']}
            find={findPeople}
            chosen={members}
            onChange={setMembers}
          />
        </div>
      </ConfirmDialog>
    </>
  );
}
