// Assigns a key to a person: its kind, a name to tell it apart, and a note for the mail.
import { Button, Field, Input, Radio, RadioGroup, Textarea, makeStyles, tokens } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import { api } from '../api';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { assignableKinds, proposedCardName, type Activation, type AssignableKind } from '../users/new/wizard';
import { ActivationChoice } from './ActivationChoice';
import { CardChoice } from './CardChoice';
import { useRefreshKeys } from './refresh';
import type { ShowRegistration } from './RegistrationDialog';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
});

interface Props {
  person: { id: string; displayName: string; email: string };
  primary?: boolean;
  onRegistration: ShowRegistration;
}

export function AssignKey({ person, primary, onRegistration }: Props) {
  const styles = useStyles();
  const refresh = useRefreshKeys();
  // One per opened dialog: a second press of the button assigns no second key.
  const [intent, setIntent] = useState<string | null>(null);
  const [kind, setKind] = useState<AssignableKind>('hardwareKey');
  const [activation, setActivation] = useState<Activation>('link');
  const [name, setName] = useState('');
  const [withPin, setWithPin] = useState(true);
  const [note, setNote] = useState('');

  const isCard = kind === 'contactlessCard';
  const onTheSpot = kind !== 'hardwareKey' && activation === 'now';
  const proposal = proposedCardName(person.displayName);

  const start = () => {
    setActivation('link');
    setName('');
    setWithPin(true);
    setNote('');
    setIntent(crypto.randomUUID());
  };
  const assign = async () => {
    const answer = await api.post('/users/{id}/keys', {
      path: { id: person.id },
      body: {
        kind,
        ...(isCard ? { name: name.trim() || proposal, withPin } : name.trim() && { name: name.trim() }),
        ...(onTheSpot ? { activation: 'now' as const } : note.trim() && { note: note.trim() }),
      },
      idempotencyKey: intent ?? undefined,
    });
    refresh();
    const { id } = answer.key;
    onRegistration(onTheSpot ? (isCard ? { card: id } : { code: id }) : answer.registration, person);
  };

  return (
    <>
      <Button appearance={primary ? 'primary' : 'secondary'} icon={<Add20Regular />} onClick={start}>
        Assign a key
      </Button>
      <ConfirmDialog
        open={intent !== null}
        title={`Assign a security key to ${person.displayName}`}
        confirmLabel="Assign key"
        cancelLabel="Cancel"
        onConfirm={assign}
        onClose={() => setIntent(null)}
      >
        <div className={styles.form}>
          <div>
            {onTheSpot && isCard
              ? `The next screen waits for the card on a reader.${withPin ? ' A PIN is made up for it.' : ''}`
              : onTheSpot
                ? `${person.displayName} scans a code from the next screen. No mail is sent.`
                : `${person.displayName} gets a registration link for ${person.email} and sets up the key with it.`}
          </div>
          <Field label="Kind">
            <RadioGroup value={kind} onChange={(_, { value }) => setKind(value as AssignableKind)}>
              {assignableKinds.map((choice) => (
                <Radio key={choice.kind} value={choice.kind} label={choice.name} />
              ))}
            </RadioGroup>
          </Field>
          {kind !== 'hardwareKey' ? (
            <ActivationChoice kind={kind} name={person.displayName} value={activation} onChange={setActivation} />
          ) : null}
          {isCard ? (
            <CardChoice
              name={name}
              proposal={proposal}
              withPin={withPin}
              onChange={(change) => {
                if (change.keyName !== undefined) setName(change.keyName);
                if (change.withPin !== undefined) setWithPin(change.withPin);
              }}
            />
          ) : (
            <Field label="Name of the key" hint="Optional. Helps to tell several keys apart.">
              <Input value={name} maxLength={100} onChange={(_, { value }) => setName(value)} />
            </Field>
          )}
          {onTheSpot ? null : <NoteField value={note} onChange={setNote} />}
        </div>
      </ConfirmDialog>
    </>
  );
}

/** The note that goes into the mail with the link. */
export function NoteField({ value, onChange }: { value: string; onChange: (note: string) => void }) {
  return (
    <Field label="Note to the person" hint="Optional. It goes into the mail and onto the page where the key is registered.">
      <Textarea value={value} rows={3} maxLength={2000} resize="vertical" onChange={(_, data) => onChange(data.value)} />
    </Field>
  );
}
