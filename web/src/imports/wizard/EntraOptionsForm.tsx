// What an import from Entra ID does with those who are here already, and whom it takes along.
import { Checkbox, makeStyles, tokens } from '@fluentui/react-components';
import type { EntraOptions, ImportMode } from '../../api';
import { modeOf } from './entra';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '16px' },
  // Not Fluent's Field: every checkbox inside one would take its label for its own.
  choices: { display: 'flex', flexDirection: 'column', gap: '8px', margin: 0, padding: 0, border: 'none', minWidth: 0 },
  legend: { padding: 0 },
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
      <fieldset className={styles.choices}>
        <legend className={styles.legend}>People who are here already</legend>
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
      </fieldset>
      <fieldset className={styles.choices}>
        <legend className={styles.legend}>Whom to take along</legend>
        {choice(entra.includeGuests, 'Guests', 'People of other organisations who were invited to your tenant.', (includeGuests) =>
          onEntra({ includeGuests }),
        )}
        {choice(
          entra.includeDisabled,
          'Disabled accounts',
          'They are added as disabled. Whoever was imported before and is disabled there is disabled here in any case.',
          (includeDisabled) => onEntra({ includeDisabled }),
        )}
      </fieldset>
      <fieldset className={styles.choices}>
        <legend className={styles.legend}>Entra ID groups</legend>
        {choice(
          entra.takeGroups,
          'Take the groups over',
          'They become user groups of type Entra ID, with their members. Their members are changed there, not here.',
          (takeGroups) => onEntra({ takeGroups }),
        )}
      </fieldset>
    </div>
  );
}
