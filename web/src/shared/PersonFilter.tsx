// Filters a list by one person, found by typing.
import { Combobox, Option, makeStyles } from '@fluentui/react-components';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api';
import { useDebounced } from './useDebounced';

const anybody = 'anybody';

const useStyles = makeStyles({
  // Left alone, the box is wider than its place.
  box: { minWidth: 0, width: '100%', '& input': { minWidth: 0, width: '100%' } },
});

interface Props {
  userId: string | undefined;
  onChange: (userId: string | undefined) => void;
}

export function PersonFilter({ userId, onChange, ...field }: Props) {
  const styles = useStyles();
  const [typed, setTyped] = useState<string | null>(null);
  const [opened, setOpened] = useState(false);
  const q = useDebounced(typed?.trim() ?? '');
  const found = useQuery({
    queryKey: ['users', 'choose', q],
    queryFn: ({ signal }) => api.get('/users', { query: { q, sort: 'displayName', limit: 30 }, signal }),
    placeholderData: keepPreviousData,
    enabled: opened,
  });
  // The URL holds only the id; the name of the chosen person has to be asked for.
  const chosen = useQuery({
    queryKey: ['users', userId],
    queryFn: ({ signal }) => api.get('/users/{id}', { path: { id: userId ?? '' }, signal }),
    enabled: userId !== undefined,
  });
  const chosenName = userId === undefined ? '' : (chosen.data?.displayName ?? (chosen.isError ? 'Somebody deleted' : '…'));
  const people = found.data?.items ?? [];
  return (
    <Combobox
      className={styles.box}
      {...field}
      placeholder="Anybody"
      value={typed ?? chosenName}
      selectedOptions={userId === undefined ? [] : [userId]}
      onOpenChange={(_, { open }) => {
        if (open) setOpened(true);
        else setTyped(null);
      }}
      onChange={(event) => setTyped(event.target.value)}
      onOptionSelect={(_, { optionValue }) => {
        setTyped(null);
        onChange(optionValue === anybody ? undefined : optionValue);
      }}
    >
      {userId !== undefined && (
        <Option value={anybody} text="Anybody">
          Anybody
        </Option>
      )}
      {people.map((person) => (
        <Option key={person.id} value={person.id} text={person.displayName}>
          {person.displayName} ({person.email})
        </Option>
      ))}
      {found.isSuccess && people.length === 0 && (
        <Option value={anybody} text="Nobody found" disabled>
          Nobody found
        </Option>
      )}
    </Combobox>
  );
}
