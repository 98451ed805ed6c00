// What a card is called, and whether it gets a PIN.
import { Field, Input, Radio, RadioGroup, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useCan } from '../app/session';
import { settingsQuery } from '../settings/useSettingsForm';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  name: { maxWidth: '28rem' },
});

interface Props {
  /** What is typed, and what it is called when nothing is. */
  name: string;
  proposal: string;
  withPin: boolean;
  onChange: (change: { keyName?: string; withPin?: boolean }) => void;
}

export function CardChoice({ name, proposal, withPin, onChange }: Props) {
  const styles = useStyles();
  // Whose role does not read the settings gets the safe choice; the server decides in any case.
  const settings = useQuery({ ...settingsQuery, enabled: useCan('settingsRead') });
  const mayDoWithout = settings.data?.cardPolicy.pinRequired === false;
  return (
    <div className={styles.root}>
      <Field className={styles.name} label="Name of the card" hint="Helps to tell several keys apart.">
        <Input
          value={name}
          placeholder={proposal}
          maxLength={100}
          autoComplete="off"
          onChange={(_, { value }) => onChange({ keyName: value })}
        />
      </Field>
      {mayDoWithout ? (
        <Field label="PIN">
          <RadioGroup
            value={withPin ? 'with' : 'without'}
            onChange={(_, { value }) => onChange({ withPin: value === 'with' })}
          >
            <Radio value="with" label="With a PIN: a lost or copied card opens nothing" />
            <Radio value="without" label="Without a PIN: it does not sign in to Keystead; elsewhere it is a second factor for whoever holds it" />
          </RadioGroup>
        </Field>
      ) : null}
    </div>
  );
}
