// One's own profile: what the directory knows, and the few things people may change themselves.
import {
  Button,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  Select,
} from '@fluentui/react-components';
import { Edit20Regular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api, fieldMessage, type User } from '../api';
import { sessionQuery } from '../app/session';
import { Card, Facts } from '../shared/Card';
import { FormDialog } from '../shared/FormDialog';
import { languageChoices, languageName } from '../shared/languages';
import { originNames, roleNames } from '../shared/names';
import { ProblemBar } from '../shared/ProblemBar';
import { useToast } from '../shared/toast';

const useStyles = makeStyles({ form: { display: 'flex', flexDirection: 'column', gap: '16px' } });

export function MyProfile({ user }: { user: User }) {
  const [editing, setEditing] = useState(false);
  const mine = user.origin === 'local' || user.origin === 'csv';
  return (
    <Card
      title="Profile"
      description={mine ? undefined : `Your profile is kept in ${user.origin === 'scim' ? 'your organisation’s directory' : originNames[user.origin]} and is changed there.`}
      actions={
        mine ? (
          <Button icon={<Edit20Regular />} onClick={() => setEditing(true)}>
            Edit
          </Button>
        ) : undefined
      }
    >
      <Facts
        items={[
          ['Name', user.displayName],
          ['E-mail', user.email],
          ['User name', user.userName],
          ['Phone', user.phone],
          ['Job title', user.title],
          ['Department', user.department],
          ['Language', user.preferredLanguage ? languageName(user.preferredLanguage) : null],
          ['Role', roleNames[user.role]],
        ]}
      />
      <FormDialog open={editing} onClose={() => setEditing(false)}>
        <EditForm user={user} onClose={() => setEditing(false)} />
      </FormDialog>
    </Card>
  );
}

function EditForm({ user, onClose }: { user: User; onClose: () => void }) {
  const styles = useStyles();
  const client = useQueryClient();
  const toast = useToast();
  const [displayName, setDisplayName] = useState(user.displayName);
  const [phone, setPhone] = useState(user.phone ?? '');
  const [language, setLanguage] = useState(user.preferredLanguage ?? '');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [nameMissing, setNameMissing] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setNameMissing(displayName.trim() === '');
    if (displayName.trim() === '') return;
    setBusy(true);
    setError(null);
    try {
      const body = {
        displayName: displayName.trim(),
        phone: phone.trim() || null,
        preferredLanguage: language || null,
      };
      await api.patch('/me', { body, ifMatch: user.version });
      await Promise.all([
        client.invalidateQueries({ queryKey: ['me'] }),
        client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
      ]);
      toast.success('Profile saved');
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  const state = (message: string | undefined) => ({
    validationMessage: message,
    validationState: message ? ('error' as const) : ('none' as const),
  });
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <DialogBody>
        <DialogTitle>Edit your profile</DialogTitle>
        <DialogContent className={styles.form}>
          <ProblemBar error={error} fields={['displayName', 'phone', 'preferredLanguage']} />
          <Field
            label="Name"
            required
            {...state(nameMissing ? 'Write your name.' : fieldMessage(error, 'displayName'))}
          >
            <Input value={displayName} autoComplete="name" maxLength={200} onChange={(_, data) => setDisplayName(data.value)} />
          </Field>
          <Field label="Phone" hint="With the country code, like +41 44 555 01 23." {...state(fieldMessage(error, 'phone'))}>
            <Input type="tel" value={phone} autoComplete="tel" maxLength={40} onChange={(_, data) => setPhone(data.value)} />
          </Field>
          <Field label="Language" {...state(fieldMessage(error, 'preferredLanguage'))}>
            <Select value={language} onChange={(_, data) => setLanguage(data.value)}>
              <option value="">Not set</option>
              {languageChoices(user.preferredLanguage).map((choice) => (
                <option key={choice.tag} value={choice.tag}>
                  {choice.name}
                </option>
              ))}
            </Select>
          </Field>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button type="submit" appearance="primary" disabledFocusable={busy}>
            {busy ? 'Saving…' : 'Save'}
          </Button>
        </DialogActions>
      </DialogBody>
    </form>
  );
}
