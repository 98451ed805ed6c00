// How a smartphone or a card becomes a key: by a link that its holder opens, or now, beside the administrator.
import { Field, Radio, RadioGroup } from '@fluentui/react-components';
import type { Activation } from '../users/new/wizard';

interface Props {
  kind: 'smartphone' | 'contactlessCard';
  /** What the person is called. */
  name: string;
  value: Activation;
  onChange: (value: Activation) => void;
}

export function ActivationChoice({ kind, name, value, onChange }: Props) {
  const words =
    kind === 'smartphone'
      ? {
          label: 'How is the phone activated?',
          link: `By ${name}: a link comes by mail`,
          now: `Now: ${name} is here and scans a code from this screen`,
        }
      : {
          label: 'How is the card activated?',
          link: `By ${name}: a link comes by mail, and they put their card on a reader`,
          now: 'Now: you have the card here and put it on a reader',
        };
  return (
    <Field label={words.label}>
      <RadioGroup value={value} onChange={(_, data) => onChange(data.value === 'now' ? 'now' : 'link')}>
        <Radio value="link" label={words.link} />
        <Radio value="now" label={words.now} />
      </RadioGroup>
    </Field>
  );
}
