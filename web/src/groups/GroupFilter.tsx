// Filters a list of people by one group, found by typing.
import { Combobox, Option, makeStyles } from '@fluentui/react-components';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api';
import { useDebounced } from '../shared/useDebounced';

const everyGroup = 'all';

const useStyles = makeStyles({
  // Left alone, the box is wider than its place.
  box: { minWidth: 0, width: '9.5rem', '& input': { minWidth: 0, width: '100%' } },
});

interface Props {
  groupId: string | undefined;
  onChange: (groupId: string | undefined) => void;
}

export function GroupFilter({ groupId, onChange }: Props) {
  const styles = useStyles();
  const [typed, setTyped] = useState<string | null>(null);
  const q = useDebounced(typed?.trim() ?? '');
  const [opened, setOpened] = useState(false);
  const found = useQuery({
    queryKey: ['groups', { q, sort: 'name', limit: 30 }],
    queryFn: ({ signal }) => api.get('/groups', { query: { q, sort: 'name', limit: 30 }, signal }),
    placeholderData: keepPreviousData,
    enabled: opened,
  });
  // The URL holds only the id; the name of the chosen group has to be asked for.
  const chosen = useQuery({
    queryKey: ['groups', groupId],
    queryFn: ({ signal }) => api.get('/groups/{id}', { path: { id: groupId ?? '' }, signal }),
    enabled: groupId !== undefined,
  });
  const chosenName = groupId === undefined ? '' : (chosen.data?.name ?? '…');
  const groups = found.data?.items ?? [];
  return (
    <Combobox
      className={styles.box}
      aria-label="Group"
      placeholder="Group"
      value={typed ?? chosenName}
      selectedOptions={groupId === undefined ? [] : [groupId]}
      onOpenChange={(_, { open }) => {
        if (open) setOpened(true);
        else setTyped(null);
      }}
      onChange={(event) => setTyped(event.target.value)}
      onOptionSelect={(_, { optionValue }) => {
        setTyped(null);
        onChange(optionValue === everyGroup ? undefined : optionValue);
      }}
    >
      {groupId !== undefined && (
        <Option value={everyGroup} text="All groups">
          All groups
        </Option>
      )}
      {groups.map((group) => (
        <Option key={group.id} value={group.id} text={group.name}>
          {group.name}
        </Option>
      ))}
      {found.isSuccess && groups.length === 0 && (
        <Option value={everyGroup} text="No group found" disabled>
          No group found
        </Option>
      )}
    </Combobox>
  );
}
