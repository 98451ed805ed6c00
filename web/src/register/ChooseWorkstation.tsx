// Which computer's reader the card is put on: those that are connected from the same place, or one by its name.
import { Button, Field, Input, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Radio, RadioGroup } from '@fluentui/react-components';
import { PaymentWireless24Regular } from '@fluentui/react-icons';
import { useState, type FormEvent } from 'react';
import type { CardActivation } from '../api';
import type { Place } from './CardInvitation';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '16px' },
  button: { minHeight: '52px', width: '100%' },
});

const other = '';

interface Props {
  workstations: CardActivation['workstations'];
  onChoose: (place: Place) => void;
}

export function ChooseWorkstation({ workstations, onChoose }: Props) {
  const styles = useStyles();
  const [chosen, setChosen] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const [missing, setMissing] = useState(false);
  const listed = workstations.find(({ id }) => id === chosen) ?? (chosen === null ? workstations[0] : undefined);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (listed) {
      onChoose({ workstation: listed.id, name: listed.name });
      return;
    }
    const name = typed.trim();
    setMissing(name === '');
    if (name !== '') onChoose({ workstation: name, name });
  };
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      {workstations.length > 0 ? (
        <Field label="Computer with the reader">
          <RadioGroup value={listed?.id ?? other} onChange={(_, { value }) => setChosen(value)}>
            {workstations.map(({ id, name }) => (
              <Radio key={id} value={id} label={name} />
            ))}
            <Radio value={other} label="Another one" />
          </RadioGroup>
        </Field>
      ) : (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>No reader was found nearby</MessageBarTitle>
            Open this link at a computer that has a card reader: it shows up here by itself. If you are at one, type its name.
            Your link is not used up.
          </MessageBarBody>
        </MessageBar>
      )}
      {listed ? null : (
        <Field
          label="Name of the computer"
          hint="Your administrator knows it; keystead-agent status shows it there."
          validationMessage={missing ? 'Type the name of the computer first.' : undefined}
          validationState={missing ? 'error' : 'none'}
        >
          <Input value={typed} maxLength={100} autoComplete="off" onChange={(_, { value }) => setTyped(value)} />
        </Field>
      )}
      <Button type="submit" appearance="primary" size="large" className={styles.button} icon={<PaymentWireless24Regular />}>
        Put my card on the reader
      </Button>
    </form>
  );
}
