// Makes an API key and shows its secret, once.
import {
  Button,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Select,
} from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { api, fieldMessage, type Role } from '../api';
import { CopyField } from '../shared/CopyField';
import { FormDialog } from '../shared/FormDialog';
import { roleMeanings, roleNames } from '../shared/names';
import { ProblemBar } from '../shared/ProblemBar';
import { apiKeysKey } from './ApiKeysTab';

const useStyles = makeStyles({ content: { display: 'flex', flexDirection: 'column', gap: '16px' } });

const roles: Role[] = ['auditor', 'helpDesk', 'administrator', 'owner'];
const lifetimes: [days: number, name: string][] = [
  [30, '30 days'],
  [90, '90 days'],
  [365, '1 year'],
  [1095, '3 years'],
  [3650, '10 years'],
];

export function NewApiKeyDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  // While the secret is shown a click beside the dialog must not lose it.
  const [secretShown, setSecretShown] = useState(false);
  const close = () => {
    setSecretShown(false);
    onClose();
  };
  return (
    <FormDialog
      open={open}
      closeOnBackdrop={!secretShown}
      onClose={close}
    >
      <Content onSecret={() => setSecretShown(true)} onClose={close} />
    </FormDialog>
  );
}

function Content({ onSecret, onClose }: { onSecret: () => void; onClose: () => void }) {
  const [secret, setSecret] = useState<string | null>(null);
  if (secret !== null) return <Secret secret={secret} onClose={onClose} />;
  return (
    <Form
      onMade={(made) => {
        setSecret(made);
        onSecret();
      }}
      onClose={onClose}
    />
  );
}

function Form({ onMade, onClose }: { onMade: (secret: string) => void; onClose: () => void }) {
  const styles = useStyles();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('auditor');
  const [days, setDays] = useState(90);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [missing, setMissing] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setMissing(name.trim() === '');
    if (name.trim() === '') return;
    setBusy(true);
    setError(null);
    try {
      const { secret } = await api.post('/api-keys', { body: { name: name.trim(), role, expiresInDays: days } });
      await client.invalidateQueries({ queryKey: apiKeysKey });
      onMade(secret);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  const nameMessage = missing ? 'Write what the key is for, such as “HR import”.' : fieldMessage(error, 'name');
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <DialogBody>
        <DialogTitle>New API key</DialogTitle>
        <DialogContent className={styles.content}>
          <ProblemBar error={error} fields={['name']} />
          <Field
            label="Name"
            required
            hint="What the key is for. It stands in the activity record."
            validationMessage={nameMessage}
            validationState={nameMessage ? 'error' : 'none'}
          >
            <Input value={name} maxLength={100} autoComplete="off" onChange={(_, data) => setName(data.value)} />
          </Field>
          <Field label="Role" hint={`${roleMeanings[role]}.`}>
            <Select value={role} onChange={(_, data) => setRole(data.value as Role)}>
              {roles.map((choice) => (
                <option key={choice} value={choice}>
                  {roleNames[choice]}
                </option>
              ))}
            </Select>
          </Field>
          <Field label="Works for">
            <Select value={String(days)} onChange={(_, data) => setDays(Number(data.value))}>
              {lifetimes.map(([count, label]) => (
                <option key={count} value={count}>
                  {label}
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
            {busy ? 'Making…' : 'Make API key'}
          </Button>
        </DialogActions>
      </DialogBody>
    </form>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const styles = useStyles();
  const content = useRef<HTMLDivElement>(null);
  // The button that had the focus is gone; what takes its place is read out.
  useEffect(() => content.current?.querySelector('input')?.focus(), []);
  return (
    <DialogBody>
      <DialogTitle>Your new API key</DialogTitle>
      <DialogContent className={styles.content} ref={content}>
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>Copy it now into the program’s secret store. It is never shown again.</MessageBarBody>
        </MessageBar>
        <CopyField label="API key" value={secret} />
      </DialogContent>
      <DialogActions>
        <Button appearance="primary" onClick={onClose}>
          I have copied it
        </Button>
      </DialogActions>
    </DialogBody>
  );
}
