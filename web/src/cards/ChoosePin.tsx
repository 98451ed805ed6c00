// A PIN is chosen: its rules in sight, each ticked off while one types, and the PIN typed twice.
import { Field, Input, makeStyles, mergeClasses, tokens, typographyStyles } from '@fluentui/react-components';
import { CheckmarkCircle16Filled, Circle16Regular } from '@fluentui/react-icons';
import type { CardPolicy } from '../api';
import { pinRules, type PinProblem, type TypedPin } from './pinRules';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '16px' },
  rules: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '4px' },
  rule: { display: 'flex', alignItems: 'center', gap: '8px', ...typographyStyles.body1, color: tokens.colorNeutralForeground2 },
  kept: { color: tokens.colorPaletteGreenForeground1 },
  icon: { flexShrink: 0 },
  silent: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

interface Props {
  value: TypedPin;
  policy: CardPolicy;
  /** What to say at the fields, once it was tried. */
  problem: PinProblem | null;
  onChange: (value: TypedPin) => void;
}

export function ChoosePin({ value, policy, problem, onChange }: Props) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Field label="Your new PIN" required validationMessage={problem?.pin} validationState={problem?.pin ? 'error' : 'none'}>
        <Input
          type="password"
          autoComplete="new-password"
          autoFocus
          value={value.pin}
          onChange={(_, data) => onChange({ ...value, pin: data.value })}
        />
      </Field>
      <ul className={styles.rules} aria-label="What the PIN has to be like">
        {pinRules(value.pin, policy).map(({ name, kept }) => (
          <li key={name} className={mergeClasses(styles.rule, kept && styles.kept)}>
            {kept ? (
              <CheckmarkCircle16Filled className={styles.icon} aria-hidden />
            ) : (
              <Circle16Regular className={styles.icon} aria-hidden />
            )}
            <span>
              {name}
              <span className={styles.silent}>{kept ? ': kept' : ': not yet'}</span>
            </span>
          </li>
        ))}
      </ul>
      <Field
        label="The PIN once more"
        required
        validationMessage={problem?.repeated}
        validationState={problem?.repeated ? 'error' : 'none'}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={value.repeated}
          onChange={(_, data) => onChange({ ...value, repeated: data.value })}
        />
      </Field>
    </div>
  );
}
