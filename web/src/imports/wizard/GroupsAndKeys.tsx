// Which groups the imported people join, and whether they get keys: in both wizards, and for schedules.
import { Button, Field, Input, makeStyles, Radio, RadioGroup, Switch, Text, tokens } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useId } from 'react';
import type { ImportOptions } from '../../api';
import { useCan } from '../../app/session';
import { findLocalGroups } from '../../groups/find';
import { NoteField } from '../../keys/AssignKey';
import { Picker, type Choice } from '../../shared/Picker';
import { assignableKinds } from '../../users/new/wizard';
import { useGroupNames } from '../useGroupNames';
import { dueProblem, fromLocal, mailChoice, newGroupId, newGroupName, toLocal } from './choices';

export type Chosen = Pick<ImportOptions, 'groupIds' | 'newGroups' | 'assignKey'>;

interface Props {
  options: Chosen;
  /** For imports that run again and again, where no single moment can be named. */
  scheduled?: boolean;
  onChange: (change: Partial<Chosen>) => void;
}

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '32px' },
  part: { display: 'flex', flexDirection: 'column', gap: '16px', margin: 0, padding: 0, border: 'none', minWidth: 0 },
  legend: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, padding: 0, marginBottom: '12px' },
  faint: { color: tokens.colorNeutralForeground3 },
  below: { display: 'flex', flexDirection: 'column', gap: '20px', paddingLeft: '12px', borderLeft: `2px solid ${tokens.colorNeutralStroke2}` },
  time: { maxWidth: '16rem' },
  label: { display: 'flex', flexDirection: 'column' },
});

export function GroupsAndKeys({ options, scheduled, onChange }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <fieldset className={styles.part}>
        <legend className={styles.legend}>Groups</legend>
        <Groups options={options} onChange={onChange} />
      </fieldset>
      <fieldset className={styles.part}>
        <legend className={styles.legend}>Security keys</legend>
        <Keys assign={options.assignKey} scheduled={scheduled} onChange={(assignKey) => onChange({ assignKey })} />
      </fieldset>
    </div>
  );
}

function Groups({ options, onChange }: Props) {
  const styles = useStyles();
  const mayGiveRoles = useCan('rolesWrite');
  const mayCreate = useCan('groupsWrite');
  const names = useGroupNames(options.groupIds);
  const chosen: Choice[] = [
    ...options.groupIds.map((id, index) => ({ id, name: names[index] ?? '…' })),
    ...options.newGroups.map((name) => ({ id: newGroupId(name), name: `${name} (new)` })),
  ];
  const choose = (choices: readonly Choice[]) => {
    const created = choices.flatMap(({ id }) => newGroupName(id) ?? []);
    onChange({ groupIds: choices.flatMap(({ id }) => (newGroupName(id) === null ? id : [])), newGroups: created });
  };
  return (
    <>
      <Text className={styles.faint}>Optional. Everybody in the import joins the groups you choose here.</Text>
      <Picker
        label="Search groups"
        things="groups"
        placeholder="Name of a group"
        queryKey={['groups', 'choose', mayGiveRoles]}
        find={(q, signal) => findLocalGroups(q, mayGiveRoles, signal)}
        chosen={chosen}
        onChange={choose}
        below={(q, offers, toSearch) => {
          const known = [...offers.map((offer) => offer.name), ...options.newGroups];
          if (!mayCreate || q === '' || known.some((name) => name.toLowerCase() === q.toLowerCase())) return null;
          return (
            <div>
              <Button
                icon={<Add20Regular />}
                onClick={() => {
                  onChange({ newGroups: [...options.newGroups, q] });
                  toSearch();
                }}
              >
                New group “{q}”
              </Button>
            </div>
          );
        }}
      />
      {options.newGroups.length > 0 ? (
        <Text className={styles.faint}>New groups are made when the import is confirmed, not before.</Text>
      ) : null}
    </>
  );
}

interface KeysProps {
  assign: ImportOptions['assignKey'];
  scheduled?: boolean;
  onChange: (assign: ImportOptions['assignKey']) => void;
}

function Keys({ assign, scheduled, onChange }: KeysProps) {
  const styles = useStyles();
  const kindLabel = useId();
  const when = assign ? mailChoice(assign.mail) : 'no';
  return (
    <>
      <Switch
        checked={assign !== null}
        label="Assign a security key to everybody who has none"
        onChange={(_, { checked }) => onChange(checked ? { kind: 'hardwareKey', mail: 'no' } : null)}
      />
      {assign === null ? (
        <Text className={styles.faint}>The import assigns no keys and sends nobody a mail. You can assign keys later.</Text>
      ) : (
        <div className={styles.below}>
          <div>
            <span id={kindLabel}>Kind</span>
            <RadioGroup
              aria-labelledby={kindLabel}
              value={assign.kind}
              onChange={(_, { value }) => onChange({ ...assign, kind: value as typeof assign.kind })}
            >
              {assignableKinds.map((choice) => (
                <Radio key={choice.kind} value={choice.kind} label={choice.name} />
              ))}
            </RadioGroup>
          </div>
          <Field label="Mail with the registration link">
            <RadioGroup
              value={when}
              onChange={(_, { value }) =>
                onChange({
                  ...assign,
                  mail: value === 'later' ? fromLocal(toLocal(new Date(Date.now() + 86_400_000).toISOString())) : value,
                })
              }
            >
              <Radio value="no" label="None for now: I send the links when I am ready" />
              <Radio value="now" label="As soon as the person is imported" />
              {scheduled ? null : <Radio value="later" label="At a time I choose" />}
            </RadioGroup>
          </Field>
          {when === 'later' ? (
            <Field
              className={styles.time}
              label="Mail goes out at"
              hint="In your own time zone."
              validationMessage={dueProblem(assign.mail) ?? undefined}
            >
              <Input
                type="datetime-local"
                value={toLocal(assign.mail)}
                onChange={(_, { value }) => onChange({ ...assign, mail: fromLocal(value) })}
              />
            </Field>
          ) : null}
          {when === 'no' ? null : (
            <NoteField value={assign.note ?? ''} onChange={(note) => onChange({ ...assign, note: note || null })} />
          )}
        </div>
      )}
    </>
  );
}
