// Step 1: who the person is. Only the e-mail address is required; a taken user name and a
// shared address are said while typing.
import { Field, Input, Select, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { Availability } from '../../api';
import { languageChoices } from '../../shared/languages';
import { PhoneField } from '../../shared/PhoneField';
import { OtherPerson } from '../OtherPerson';
import { effectiveDisplayName, type Draft, type Problems } from './wizard';

interface Props {
  draft: Draft;
  problems: Problems;
  availability: Availability | undefined;
  onChange: (change: Partial<Draft>) => void;
}

const useStyles = makeStyles({
  grid: {
    display: 'grid',
    gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
    columnGap: tokens.spacingHorizontalXXL,
    rowGap: tokens.spacingVerticalL,
    alignItems: 'start',
    '@media (max-width: 700px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
});

export function InfoStep({ draft, problems, availability, onChange }: Props) {
  const styles = useStyles();
  const taken = availability?.userName ?? null;
  const sharing = availability?.email ?? [];
  const first = sharing[0];

  const userNameMessage: ReactNode = taken ? (
    <OtherPerson person={taken} what={draft.userName.trim() ? undefined : 'this e-mail address as user name'} />
  ) : (
    problems.userName
  );
  const emailWarning: ReactNode = first ? <OtherPerson person={first} shares more={sharing.length - 1} /> : undefined;

  return (
    <div className={styles.grid}>
      <Field
        label="E-mail"
        required
        validationState={problems.email ? 'error' : emailWarning ? 'warning' : 'none'}
        validationMessage={problems.email ?? emailWarning}
      >
        <Input
          type="email"
          autoComplete="off"
          maxLength={254}
          value={draft.email}
          onChange={(_, { value }) => onChange({ email: value })}
        />
      </Field>
      <Field
        label="User name"
        hint="The e-mail address, unless you type another one."
        validationState={userNameMessage ? 'error' : 'none'}
        validationMessage={userNameMessage}
      >
        <Input
          autoComplete="off"
          maxLength={256}
          placeholder={draft.email.trim()}
          value={draft.userName}
          onChange={(_, { value }) => onChange({ userName: value })}
        />
      </Field>
      <Field label="First name" validationMessage={problems.givenName}>
        <Input
          autoComplete="off"
          maxLength={256}
          value={draft.givenName}
          onChange={(_, { value }) => onChange({ givenName: value })}
        />
      </Field>
      <Field label="Last name" validationMessage={problems.familyName}>
        <Input
          autoComplete="off"
          maxLength={256}
          value={draft.familyName}
          onChange={(_, { value }) => onChange({ familyName: value })}
        />
      </Field>
      <Field
        label="Display name"
        hint="How the person is called everywhere. First and last name, unless you type another one."
        validationMessage={problems.displayName}
      >
        <Input
          autoComplete="off"
          maxLength={256}
          placeholder={effectiveDisplayName({ ...draft, displayName: '' })}
          value={draft.displayName}
          onChange={(_, { value }) => onChange({ displayName: value })}
        />
      </Field>
      <PhoneField value={draft.phone} onChange={(phone) => onChange({ phone })} problem={problems.phone} />
      <Field label="Job title" validationMessage={problems.title}>
        <Input
          autoComplete="off"
          maxLength={256}
          value={draft.title}
          onChange={(_, { value }) => onChange({ title: value })}
        />
      </Field>
      <Field label="Department" validationMessage={problems.department}>
        <Input
          autoComplete="off"
          maxLength={256}
          value={draft.department}
          onChange={(_, { value }) => onChange({ department: value })}
        />
      </Field>
      <Field label="Preferred language" validationMessage={problems.preferredLanguage}>
        <Select
          value={draft.preferredLanguage}
          onChange={(_, { value }) => onChange({ preferredLanguage: value })}
        >
          <option value="">Not given</option>
          {languageChoices(draft.preferredLanguage || null).map((choice) => (
            <option key={choice.tag} value={choice.tag}>
              {choice.name}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}
