// Step 3: whether the person gets a security key now, and of which kind.
import { Radio, RadioGroup, Switch, Text, makeStyles, tokens } from '@fluentui/react-components';
import { ActivationChoice } from '../../keys/ActivationChoice';
import { CardChoice } from '../../keys/CardChoice';
import { assignableKinds, proposedCardName, type Activation, type AssignableKind, type Draft } from './wizard';

interface Props {
  assign: boolean;
  kind: AssignableKind;
  activation: Activation;
  keyName: string;
  withPin: boolean;
  /** What the person is called. */
  name: string;
  problem?: string;
  onChange: (change: Partial<Pick<Draft, 'assignKey' | 'keyKind' | 'activation' | 'keyName' | 'withPin'>>) => void;
}

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  kind: {
    padding: tokens.spacingVerticalM,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusLarge,
    maxWidth: '40rem',
    ':has(input:checked)': {
      border: `1px solid ${tokens.colorCompoundBrandStroke}`,
      backgroundColor: tokens.colorNeutralBackground2,
    },
  },
  label: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXXS },
  description: { color: tokens.colorNeutralForeground3 },
  problem: { color: tokens.colorPaletteRedForeground1 },
});

export function KeyStep({ assign, kind, activation, keyName, withPin, name, problem, onChange }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Switch
        checked={assign}
        onChange={(_, { checked }) => onChange({ assignKey: checked })}
        label="Assign a security key"
      />
      {assign ? (
        <RadioGroup
          aria-label="Kind of security key"
          value={kind}
          onChange={(_, { value }) => onChange({ keyKind: value as AssignableKind })}
        >
          {assignableKinds.map((choice) => (
            <div key={choice.kind} className={styles.kind}>
              <Radio
                value={choice.kind}
                label={
                  <span className={styles.label}>
                    <Text weight="semibold">{choice.name}</Text>
                    <Text className={styles.description}>{choice.description}</Text>
                  </span>
                }
              />
            </div>
          ))}
        </RadioGroup>
      ) : (
        <Text className={styles.description}>
          The person is added without a key and can’t sign in yet. You can assign one on their page at any time.
        </Text>
      )}
      {assign && kind === 'contactlessCard' ? (
        <CardChoice name={keyName} proposal={proposedCardName(name)} withPin={withPin} onChange={onChange} />
      ) : null}
      {assign && kind !== 'hardwareKey' ? (
        <ActivationChoice kind={kind} name={name} value={activation} onChange={(value) => onChange({ activation: value })} />
      ) : null}
      {problem && (
        <Text role="alert" className={styles.problem}>
          {problem}
        </Text>
      )}
    </div>
  );
}
