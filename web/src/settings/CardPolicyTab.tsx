// What cards may do and what their PINs have to be like. Cards in use keep the PIN they have.
import { Checkbox, Field, Input, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Radio, RadioGroup } from '@fluentui/react-components';
import { fieldMessage, type CardPolicy } from '../api';
import { useCan } from '../app/session';
import { FormCard } from './FormCard';
import { cardLimits, cardNumberMessage } from './limits';
import { useSettingsForm } from './useSettingsForm';

const useStyles = makeStyles({ checks: { display: 'flex', flexDirection: 'column' } });

const fields = ['cardPolicy.minimumLength', 'cardPolicy.history'] as const;
type Switch = { [K in keyof CardPolicy]: CardPolicy[K] extends boolean ? K : never }[keyof CardPolicy];

const contents: [name: Switch, label: string][] = [
  ['digit', 'A digit'],
  ['lower', 'A lower case letter'],
  ['upper', 'An upper case letter'],
  ['special', 'A character that is neither letter nor digit'],
];
const refusals: [name: Switch, label: string][] = [
  ['noSequences', 'Three in order, such as 123 or cba'],
  ['noRepeats', 'The same character three times in a row'],
];

export function CardPolicyTab() {
  const styles = useStyles();
  const form = useSettingsForm();
  const readOnly = !useCan('settingsWrite');
  const policy = form.values?.cardPolicy;
  const change = (part: Partial<CardPolicy>) => policy && form.change({ cardPolicy: { ...policy, ...part } });
  const messages = policy
    ? (['minimumLength', 'history'] as const).map((name) => cardNumberMessage(name, policy[name]))
    : [];

  const number = (name: keyof typeof cardLimits, label: string, hint: string) => {
    const value = policy?.[name] ?? 0;
    const message = cardNumberMessage(name, value) ?? fieldMessage(form.error, `cardPolicy.${name}`);
    return (
      <Field label={label} hint={hint} validationMessage={message} validationState={message ? 'error' : 'none'}>
        <Input
          type="number"
          min={cardLimits[name].least}
          max={cardLimits[name].most}
          value={Number.isNaN(value) ? '' : String(value)}
          readOnly={readOnly}
          contentAfter={cardLimits[name].unit}
          onChange={(_, data) => change({ [name]: data.value === '' ? Number.NaN : Number(data.value) })}
        />
      </Field>
    );
  };
  const checks = (label: string, hint: string, list: [Switch, string][]) => (
    <Field label={label} hint={hint}>
      <div role="group" aria-label={label} className={styles.checks}>
        {list.map(([name, words]) => (
          <Checkbox
            key={name}
            checked={policy?.[name] ?? false}
            disabled={readOnly}
            label={words}
            onChange={(_, { checked }) => change({ [name]: checked === true })}
          />
        ))}
      </div>
    </Field>
  );
  return (
    <FormCard
      title="Contactless cards"
      description="The rules hold for PINs that are chosen and for those that are made up. A card in use keeps the PIN it has until it is changed."
      form={form}
      fields={fields}
      blocked={messages.some((message) => message !== undefined)}
    >
      <Field label="PIN">
        <RadioGroup
          value={policy?.pinRequired === false ? 'optional' : 'required'}
          disabled={readOnly}
          onChange={(_, { value }) => change({ pinRequired: value === 'required' })}
        >
          <Radio value="required" label="Every card has a PIN" />
          <Radio value="optional" label="Cards may go without a PIN" />
        </RadioGroup>
      </Field>
      {policy?.pinRequired === false ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>A card without a PIN is no more than its number</MessageBarTitle>
            Most badges tell their number to every reader, and it can be copied onto another card from a short distance.
            Whoever has the card or such a copy, and a workstation of yours, can use it wherever it is a second factor. It does
            not sign in to Keystead, which always asks for a PIN. With a PIN neither a found nor a copied card opens anything.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {number('minimumLength', 'A PIN has at least', 'From 4 to 63; 6 digits are usual. After eight wrong PINs a card is blocked.')}
      {checks('A PIN needs', 'More kinds of characters are harder to guess, and harder to type at a reader.', contents)}
      {checks('A PIN must not have', 'These are what people who guess try first.', refusals)}
      {number('history', 'Earlier PINs that may not come back', 'From 0 to 10.')}
      <Field label="PINs that were made up" hint="Whoever reads the mail with it, or hands it over, knows it until it is changed.">
        <Checkbox
          checked={policy?.changeMadeUp ?? true}
          disabled={readOnly}
          label="Must be changed at the first use"
          onChange={(_, { checked }) => change({ changeMadeUp: checked === true })}
        />
      </Field>
    </FormCard>
  );
}
