// Whose people are read from Entra ID: everybody in a group, everybody in the tenant, or chosen groups.
import { Field, makeStyles, Radio, RadioGroup, tokens } from '@fluentui/react-components';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type EntraGroup, type EntraOptions } from '../../api';
import { Picker, type Choice, type Offer } from '../../shared/Picker';
import { people } from '../words';
import { groupTypeNames } from './entra';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '20px', minWidth: 0 },
  label: { display: 'flex', flexDirection: 'column' },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
});

/** How many groups the picker shows; the rest is found by typing more. */
const shown = 50;

const scopes: { scope: EntraOptions['scope']; name: string; meaning: string }[] = [
  { scope: 'allGroups', name: 'All Entra ID groups', meaning: 'Everybody who is in at least one group.' },
  { scope: 'allUsers', name: 'All users in the tenant', meaning: 'Everybody, whether in a group or not.' },
  { scope: 'groups', name: 'Chosen groups', meaning: 'Members of these groups, and of the groups inside them.' },
];

interface Props {
  value: EntraOptions;
  problem?: string;
  onChange: (change: Partial<EntraOptions>) => void;
}

export function EntraScopeForm({ value, problem, onChange }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Field label="Whose people to import">
        <RadioGroup
          value={value.scope}
          onChange={(_, data) => onChange({ scope: data.value as EntraOptions['scope'] })}
        >
          {scopes.map(({ scope, name, meaning }) => (
            <Radio
              key={scope}
              value={scope}
              label={
                <span className={styles.label}>
                  <span>{name}</span>
                  <span className={styles.faint}>{meaning}</span>
                </span>
              }
            />
          ))}
        </RadioGroup>
      </Field>
      {value.scope === 'groups' ? (
        <GroupPicker ids={value.groupIds} problem={problem} onChange={(groupIds) => onChange({ groupIds })} />
      ) : null}
    </div>
  );
}

function hint(group: EntraGroup): string {
  const members = group.memberCount === null ? '' : ` · ${people(group.memberCount)}`;
  return `${groupTypeNames[group.type]}${members} · ${group.id}`;
}

interface PickerProps {
  ids: readonly string[];
  problem?: string;
  onChange: (ids: string[]) => void;
}

function GroupPicker({ ids, problem, onChange }: PickerProps) {
  // Only ids are kept; the names of those chosen here are known already, the others are searched by their ids.
  const [known, setKnown] = useState<readonly Choice[]>([]);
  const names = useQueries({
    queries: ids.map((id) => ({
      queryKey: ['entra', 'groups', 'id', id],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.get('/integrations/entra/groups', { query: { q: id, limit: 1 }, signal }),
      enabled: !known.some((choice) => choice.id === id),
      staleTime: Infinity,
    })),
    combine: (found) => found.map(({ data, isPending }) => data?.items[0]?.name ?? (isPending ? '…' : null)),
  });
  const name = (id: string): string =>
    known.find((choice) => choice.id === id)?.name ?? names[ids.indexOf(id)] ?? id;
  return (
    <Picker
      label="Search Entra ID groups"
      things="groups"
      placeholder="Name of a group"
      queryKey={['entra', 'groups']}
      find={async (q, signal): Promise<{ offers: Offer[]; more: boolean }> => {
        const found = await api.get('/integrations/entra/groups', { query: { q, limit: shown }, signal });
        return {
          offers: found.items.map((group) => ({ id: group.id, name: group.name, hint: hint(group) })),
          more: found.items.length >= shown,
        };
      }}
      chosen={ids.map((id) => ({ id, name: name(id) }))}
      onChange={(choices) => {
        setKnown(choices);
        onChange(choices.map((choice) => choice.id));
      }}
      problem={problem}
    />
  );
}
