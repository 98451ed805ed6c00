// The organisation's name, and how long links and sessions live.
import { Field, Input } from '@fluentui/react-components';
import { fieldMessage } from '../api';
import { useCan } from '../app/session';
import { hoursWords } from '../shared/time';
import { FormCard } from './FormCard';
import { limits, numberMessage, type NumberSetting } from './limits';
import { useSettingsForm } from './useSettingsForm';

const fields = ['organisationName', 'linkLifetimeHours', 'sessionIdleMinutes', 'sessionAbsoluteHours'] as const;

export function GeneralTab() {
  const form = useSettingsForm();
  const readOnly = !useCan('settingsWrite');
  const { values } = form;
  const nameMissing = values?.organisationName.trim() === '' ? 'Write the name of your organisation.' : undefined;
  const messages = values
    ? (Object.keys(limits) as NumberSetting[]).map((name) => numberMessage(name, values[name]))
    : [];

  const number = (name: NumberSetting, label: string, unit: string, hint: string) => {
    const value = values?.[name] ?? 0;
    const message = numberMessage(name, value) ?? fieldMessage(form.error, name);
    return (
      <Field
        label={label}
        hint={hint}
        validationMessage={message}
        validationState={message ? 'error' : 'none'}
      >
        <Input
          type="number"
          min={limits[name].least}
          max={limits[name].most}
          value={Number.isNaN(value) ? '' : String(value)}
          readOnly={readOnly}
          contentAfter={unit}
          onChange={(_, data) => form.change({ [name]: data.value === '' ? Number.NaN : Number(data.value) })}
        />
      </Field>
    );
  };

  const words = (hours: number | undefined) => (hours && Number.isInteger(hours) ? ` Now: ${hoursWords(hours)}.` : '');
  return (
    <FormCard
      title="Organisation and time limits"
      form={form}
      fields={fields}
      blocked={nameMissing !== undefined || messages.some((message) => message !== undefined)}
    >
      <Field
        label="Organisation"
        required
        hint="People see this name in mails and on the sign-in page."
        validationMessage={nameMissing ?? fieldMessage(form.error, 'organisationName')}
        validationState={(nameMissing ?? fieldMessage(form.error, 'organisationName')) ? 'error' : 'none'}
      >
        <Input
          value={values?.organisationName ?? ''}
          maxLength={200}
          readOnly={readOnly}
          onChange={(_, data) => form.change({ organisationName: data.value })}
        />
      </Field>
      {number(
        'linkLifetimeHours',
        'Registration links work for',
        'hours',
        `From 1 hour to 14 days (336 hours).${words(values?.linkLifetimeHours)}`,
      )}
      {number(
        'sessionIdleMinutes',
        'Sign people out when they do nothing for',
        'minutes',
        'From 5 minutes to one day (1440 minutes).',
      )}
      {number(
        'sessionAbsoluteHours',
        'Sign people out in any case after',
        'hours',
        `From 1 hour to 30 days (720 hours).${words(values?.sessionAbsoluteHours)}`,
      )}
    </FormCard>
  );
}
