// Which security keys may be registered. Keys that are registered already are not touched.
import { Field, Radio, RadioGroup, Textarea } from '@fluentui/react-components';
import { useState } from 'react';
import { fieldMessage } from '../api';
import { useCan } from '../app/session';
import { FormCard } from './FormCard';
import { parseAaguids } from './limits';
import { useSettingsForm } from './useSettingsForm';

const fields = ['attestation', 'allowedAaguids', 'smartphonePasskeys'] as const;

export function KeyPolicyTab() {
  const form = useSettingsForm();
  const readOnly = !useCan('settingsWrite');
  // The text as typed; the settings only take what it means.
  const [text, setText] = useState<string | null>(null);
  const { values } = form;
  const shown = text !== null && form.changed ? text : (values?.allowedAaguids.join('\n') ?? '');
  const { wrong } = parseAaguids(shown);
  const listMessage = wrong
    ? `“${wrong}” is no AAGUID. It looks like cb69481e-8ff7-4039-93ec-0a2729a154a8.`
    : fieldMessage(form.error, 'allowedAaguids');

  return (
    <FormCard
      title="Keys that may be registered"
      description="This is asked when a key is registered. Keys in use stay as they are."
      form={form}
      fields={fields}
      blocked={wrong !== undefined}
    >
      <Field label="Proof of the maker (attestation)" hint="A key with attestation proves which model it is.">
        <RadioGroup
          value={values?.attestation ?? 'any'}
          disabled={readOnly}
          onChange={(_, data) => form.change({ attestation: data.value === 'required' ? 'required' : 'any' })}
        >
          <Radio value="any" label="Any key, with or without proof" />
          <Radio value="required" label="Only keys that prove their model" />
        </RadioGroup>
      </Field>
      <Field
        label="Allowed models"
        hint="The AAGUID of each allowed model, one per line; the maker’s data sheet names it. Leave empty to allow every model."
        validationMessage={listMessage}
        validationState={listMessage ? 'error' : 'none'}
      >
        <Textarea
          value={shown}
          rows={6}
          readOnly={readOnly}
          spellCheck={false}
          onChange={(_, data) => {
            setText(data.value);
            form.change({ allowedAaguids: parseAaguids(data.value).aaguids });
          }}
        />
      </Field>
      <Field
        label="Passkeys on smartphones"
        hint="Phones of Apple and Google copy passkeys to their owner’s account, so that a new phone has them at once; few phones can keep one to themselves. What is chosen above holds for phones as well, and hardly any phone proves its model."
      >
        <RadioGroup
          value={values?.smartphonePasskeys ?? 'synced'}
          disabled={readOnly}
          onChange={(_, data) => form.change({ smartphonePasskeys: data.value === 'deviceBound' ? 'deviceBound' : 'synced' })}
        >
          <Radio value="synced" label="Any, also such as are copied to the owner’s other devices" />
          <Radio value="deviceBound" label="Only such as never leave the phone" />
        </RadioGroup>
      </Field>
    </FormCard>
  );
}
