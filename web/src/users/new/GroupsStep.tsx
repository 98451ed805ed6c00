// Step 2: which groups the person belongs to; a missing group is created in place.
import { Button, Field, Input, makeStyles, tokens } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type KeyboardEvent } from 'react';
import { api, asProblem } from '../../api';
import { useCan } from '../../app/session';
import { findLocalGroups } from '../../groups/find';
import { Picker } from '../../shared/Picker';
import { useToast } from '../../shared/toast';
import type { ChosenGroup } from './wizard';

interface Props {
  chosen: readonly ChosenGroup[];
  problem?: string;
  onChange: (groups: ChosenGroup[]) => void;
}

export function GroupsStep({ chosen, problem, onChange }: Props) {
  const mayGiveRoles = useCan('rolesWrite');
  const mayCreate = useCan('groupsWrite');
  return (
    <Picker
      label="Search groups"
      things="groups"
      placeholder="Name of a group"
      queryKey={['groups', 'choose', mayGiveRoles]}
      find={(q, signal) => findLocalGroups(q, mayGiveRoles, signal)}
      chosen={chosen}
      onChange={onChange}
      problem={problem}
      below={(q, offers, toSearch) => {
        const exists = offers.some((offer) => offer.name.toLowerCase() === q.toLowerCase());
        if (!mayCreate || exists) return null;
        return (
          <CreateInPlace
            key={q}
            suggestion={q}
            onCreated={(group) => {
              onChange([...chosen, group]);
              toSearch();
            }}
          />
        );
      }}
    />
  );
}

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-start', gap: tokens.spacingHorizontalS },
  name: { flex: '1 1 14rem', maxWidth: '28rem' },
  buttons: {
    display: 'flex',
    gap: tokens.spacingHorizontalS,
    // Level with the input, below its label.
    marginTop: '26px',
    '@media (max-width: 700px)': { marginTop: 0 },
  },
});

function CreateInPlace({ suggestion, onCreated }: { suggestion: string; onCreated: (group: ChosenGroup) => void }) {
  const styles = useStyles();
  const toast = useToast();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState(suggestion);
  // One per group to create, so that an answer lost on the way creates nothing twice.
  const [intent, setIntent] = useState(() => crypto.randomUUID());
  const create = useMutation({
    mutationFn: () => api.post('/groups', { body: { name: name.trim() }, idempotencyKey: intent }),
    onSuccess: (group) => {
      void queries.invalidateQueries({ queryKey: ['groups'] });
      toast.success(`Group ${group.name} created and chosen`);
      onCreated({ id: group.id, name: group.name });
      setOpen(false);
      setName('');
      setIntent(crypto.randomUUID());
    },
  });

  if (!open) {
    return (
      <div>
        <Button icon={<Add20Regular />} onClick={() => setOpen(true)}>
          {suggestion ? `Create the group “${suggestion}”` : 'Create a group'}
        </Button>
      </div>
    );
  }
  const failure = create.error ? asProblem(create.error) : null;
  const submit = () => {
    if (name.trim() !== '' && !create.isPending) create.mutate();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      // Enter creates the group here; it must not move the wizard on.
      event.preventDefault();
      submit();
    }
    if (event.key === 'Escape') setOpen(false);
  };
  return (
    <div className={styles.row}>
      <Field
        className={styles.name}
        label="Name of the new group"
        required
        validationMessage={failure ? (failure.forField('name') ?? failure.detail) : undefined}
      >
        <Input
          autoFocus
          value={name}
          maxLength={100}
          onChange={(_, data) => setName(data.value)}
          onKeyDown={onKeyDown}
        />
      </Field>
      <div className={styles.buttons}>
        <Button appearance="primary" onClick={submit} disabled={name.trim() === '' || create.isPending}>
          Create
        </Button>
        <Button onClick={() => setOpen(false)}>Cancel</Button>
      </div>
    </div>
  );
}
