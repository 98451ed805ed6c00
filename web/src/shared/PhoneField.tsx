// A phone number with its country: choosing the country gives the calling code.
import { Field, Input, Select, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import { countries, countryName, type PhoneParts } from './countries';

interface Props {
  value: PhoneParts;
  onChange: (value: PhoneParts) => void;
  problem?: string;
  disabled?: boolean;
}

const useStyles = makeStyles({
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(7rem, 11rem) minmax(0, 1fr)',
    gap: tokens.spacingHorizontalS,
    alignItems: 'start',
  },
  part: { minWidth: 0 },
  // Left alone, both grow with their longest text.
  control: { minWidth: 0, width: '100%', '& select': { minWidth: 0, width: '100%', textOverflow: 'ellipsis' } },
});

export function PhoneField({ value, onChange, problem, disabled }: Props) {
  const styles = useStyles();
  const choices = useMemo(
    () =>
      countries
        .map((country) => ({ ...country, name: countryName(country.iso) }))
        .sort((one, other) => one.name.localeCompare(other.name, 'en')),
    [],
  );
  return (
    <div className={styles.row} role="group" aria-label="Phone">
      <Field label="Country code" className={styles.part}>
        <Select
          className={styles.control}
          value={value.iso}
          disabled={disabled}
          onChange={(_, data) => onChange({ ...value, iso: data.value })}
        >
          {choices.map((country) => (
            <option key={country.iso} value={country.iso}>
              {country.name} (+{country.code})
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Phone" className={styles.part} validationMessage={problem}>
        <Input
          className={styles.control}
          type="tel"
          autoComplete="off"
          value={value.number}
          disabled={disabled}
          maxLength={40}
          onChange={(_, data) => onChange({ ...value, number: data.value })}
        />
      </Field>
    </div>
  );
}
