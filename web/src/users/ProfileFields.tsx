// The form of a person's profile.
import { Button, Field, Input, Select, makeStyles, tokens } from '@fluentui/react-components';
import { useEffect, useRef, type FormEvent } from 'react';
import { fieldMessage, type User } from '../api';
import { languageChoices } from '../shared/languages';
import { PhoneField } from '../shared/PhoneField';
import { ProblemBar } from '../shared/ProblemBar';
import { OtherPerson } from './OtherPerson';
import { useAvailability } from './new/useAvailability';
import type { ProfileForm, ProfileProblems } from './profile';

const useStyles = makeStyles({
  grid: {
    display: 'grid',
    gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
    columnGap: tokens.spacingHorizontalXXL,
    rowGap: tokens.spacingVerticalL,
    alignItems: 'start',
    margin: `${tokens.spacingVerticalL} 0`,
    '@media (max-width: 700px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  foot: { display: 'flex', justifyContent: 'flex-end', gap: tokens.spacingHorizontalS, marginTop: tokens.spacingVerticalL },
});

interface Props {
  form: ProfileForm;
  /** The person as last read: their own user name and address are not taken. */
  base: User;
  problems: ProfileProblems;
  error: unknown;
  busy: boolean;
  onChange: (change: Partial<ProfileForm>) => void;
  onSubmit: () => void;
  onCancel: () => void;
}

const plain = [
  ['displayName', 'Display name', true],
  ['givenName', 'First name', false],
  ['familyName', 'Last name', false],
] as const;
const work = [
  ['title', 'Job title'],
  ['department', 'Department'],
] as const;
const fields = ['email', 'userName', 'displayName', 'givenName', 'familyName', 'phone', 'title', 'department', 'preferredLanguage'];

export function ProfileFields({ form, base, problems, error, busy, onChange, onSubmit, onCancel }: Props) {
  const styles = useStyles();
  const element = useRef<HTMLFormElement>(null);
  const others = useAvailability(form.userName.trim(), form.email.trim());
  const taken = others?.userName && others.userName.id !== base.id ? others.userName : null;
  const sharing = others?.email.find((person) => person.id !== base.id);
  const message = (field: keyof ProfileForm) => problems[field] ?? fieldMessage(error, field);

  useEffect(() => element.current?.querySelector('input')?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
    requestAnimationFrame(() => element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  return (
    <form ref={element} onSubmit={submit} noValidate>
      <div className={styles.grid}>
        <Field
          label="E-mail"
          required
          validationState={message('email') ? 'error' : sharing ? 'warning' : 'none'}
          validationMessage={message('email') ?? (sharing ? <OtherPerson person={sharing} shares /> : undefined)}
        >
          <Input
            type="email"
            autoComplete="off"
            maxLength={254}
            value={form.email}
            onChange={(_, { value }) => onChange({ email: value })}
          />
        </Field>
        <Field
          label="User name"
          required
          validationState={taken || message('userName') ? 'error' : 'none'}
          validationMessage={taken ? <OtherPerson person={taken} /> : message('userName')}
        >
          <Input
            autoComplete="off"
            maxLength={256}
            value={form.userName}
            onChange={(_, { value }) => onChange({ userName: value })}
          />
        </Field>
        {plain.map(([name, label, required]) => (
          <Field key={name} label={label} required={required} validationMessage={message(name)}>
            <Input
              autoComplete="off"
              maxLength={256}
              value={form[name]}
              onChange={(_, { value }) => onChange({ [name]: value })}
            />
          </Field>
        ))}
        <PhoneField value={form.phone} onChange={(phone) => onChange({ phone })} problem={message('phone')} />
        {work.map(([name, label]) => (
          <Field key={name} label={label} validationMessage={message(name)}>
            <Input
              autoComplete="off"
              maxLength={256}
              value={form[name]}
              onChange={(_, { value }) => onChange({ [name]: value })}
            />
          </Field>
        ))}
        <Field label="Preferred language" validationMessage={message('preferredLanguage')}>
          <Select
            value={form.preferredLanguage}
            onChange={(_, { value }) => onChange({ preferredLanguage: value })}
          >
            <option value="">Not given</option>
            {languageChoices(form.preferredLanguage || null).map((choice) => (
              <option key={choice.tag} value={choice.tag}>
                {choice.name}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <ProblemBar error={error} fields={fields} />
      <div className={styles.foot}>
        <Button onClick={onCancel} disabled={busy}>
          Cancel
        </Button>
        <Button type="submit" appearance="primary" disabledFocusable={busy}>
          {busy ? 'Saving…' : 'Save'}
        </Button>
      </div>
    </form>
  );
}
