// How a smartphone becomes a key: by a link that its holder opens, or now, by a code on this screen.
import { Field, Radio, RadioGroup } from '@fluentui/react-components';
import type { Activation } from '../users/new/wizard';

interface Props {
  /** What the person is called. */
  name: string;
  value: Activation;
  onChange: (value: Activation) => void;
}

export function ActivationChoice({ name, value, onChange }: Props) {
  return (
    <Field label="How is the phone activated?">
      <RadioGroup value={value} onChange={(_, data) => onChange(data.value === 'now' ? 'now' : 'link')}>
        <Radio value="link" label={`By ${name}: a link comes by mail`} />
        <Radio value="now" label={`Now: ${name} is here and scans a code from this screen`} />
      </RadioGroup>
    </Field>
  );
}
