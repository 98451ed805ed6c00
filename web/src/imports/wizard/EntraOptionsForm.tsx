// What an import from Entra ID does with those who are here already, and whom it takes along.
import { Checkbox, Field, makeStyles, tokens } from '@fluentui/react-components';
import type { EntraOptions, ImportMode } from '../../api';
import { modeOf } from './entra';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '16px' },
  choices: { display: 'flex', flexDirection: 'column', gap: '8px' },
  label: { display: 'flex', flexDirection: 'column' },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  inner: { paddingLeft: '28px' },
});

interface Props {
  mode: ImportMode;
  entra: EntraOptions;
  onMode: (mode: ImportMode) => void;
  onEntra: (change: Partial<EntraOptions>) => void;
}

export function EntraOptionsForm({ mode, entra, onMode, onEntra }: Props) {
  const styles = useStyles();
  const choice = (checked: boolean, label: string, meaning: string, onChange: (checked: boolean) => void) => (
    <Checkbox
      checked={checked}
      label={
        <span className={styles.label}>
          <span>{label}</span>
          <span className={styles.faint}>{meaning}</span>
        </span>
      }
      onChange={(_, data) => onChange(data.checked === true)}
    />
  );
  return (
    <div className={styles.root}>
      <Field label="People who are here already">
        <div className={styles.choices} role="group">
          {choice(
            mode !== 'new',
            'Sync with existing users',
            'People who were imported before, or who have the same e-mail address, get the values of Entra ID.',
            (sync) => onMode(modeOf(sync, true)),
          )}
          {mode !== 'new' ? (
            <div className={styles.inner}>
              {choice(mode === 'both', 'Add new people, too', 'Without this nobody is added; only those who are here are updated.', (add) =>
                onMode(modeOf(true, add)),
              )}
            </div>
          ) : null}
        </div>
      </Field>
      <Field label="Whom to take along">
        <div className={styles.choices} role="group">
          {choice(entra.includeGuests, 'Guests', 'People of other organisations who were invited to your tenant.', (includeGuests) =>
            onEntra({ includeGuests }),
          )}
          {choice(
            entra.includeDisabled,
            'Disabled accounts',
            'They are added as disabled. Whoever was imported before and is disabled there is disabled here in any case.',
            (includeDisabled) => onEntra({ includeDisabled }),
          )}
        </div>
      </Field>
      <Field label="Entra ID groups">
        <div className={styles.choices} role="group">
          {choice(
            entra.takeGroups,
            'Take the groups over',
            'They become user groups of type Entra ID, with their members. Their members are changed there, not here.',
            (takeGroups) => onEntra({ takeGroups }),
          )}
        </div>
      </Field>
    </div>
  );
}
