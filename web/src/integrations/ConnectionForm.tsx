// The tenant, the app registration and how Keystead proves who it is. A secret is entered once and
// never shown again.
import { Button, Field, Input, makeStyles, Radio, RadioGroup, Select } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { api, fieldMessage, Problem, type EntraCloud, type EntraConnection } from '../api';
import { Card } from '../shared/Card';
import { ProblemBar } from '../shared/ProblemBar';
import { dayWords } from '../shared/time';
import { useToast } from '../shared/toast';
import { cloudNames, connectionBody, connectionProblems, draftOf, type ConnectionDraft, type DraftProblems } from './connection';
import { entraQuery } from './entraQuery';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '20px', maxWidth: '560px' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  day: { maxWidth: '14rem' },
});

const fields = ['tenant', 'clientId', 'cloud', 'loginUrl', 'graphUrl', 'secret', 'secretExpiresAt'] as const;

export function ConnectionForm({ connection }: { connection: EntraConnection }) {
  const styles = useStyles();
  const queries = useQueryClient();
  const toast = useToast();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState(() => draftOf(connection));
  const [problems, setProblems] = useState<DraftProblems>({});
  const save = useMutation({
    mutationFn: async () => {
      const saved = await api.put('/integrations/entra', {
        body: connectionBody(draft),
        ifMatch: connection.configured ? connection.version : undefined,
      });
      const wantsCertificate =
        draft.proof === 'certificate' && saved.credential?.type !== 'certificate' && saved.nextCertificate === null;
      return wantsCertificate ? api.post('/integrations/entra/certificate') : saved;
    },
    onSuccess: (saved) => {
      queries.setQueryData(entraQuery.queryKey, saved);
      toast.success('Connection saved');
    },
    onError: (error) => {
      if (error instanceof Problem && error.status === 412) void queries.invalidateQueries({ queryKey: entraQuery.queryKey });
    },
  });
  const change = (some: Partial<ConnectionDraft>) => {
    setDraft({ ...draft, ...some });
    setProblems({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    const found = connectionProblems(draft, connection);
    setProblems(found);
    if (Object.keys(found).length === 0) save.mutate();
    else requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const kept = connection.credential?.type === 'secret' ? connection.credential : null;
  const text = (name: 'tenant' | 'clientId' | 'loginUrl' | 'graphUrl', label: string, hint: string) => {
    const message = problems[name] ?? fieldMessage(save.error, name);
    return (
      <Field label={label} hint={hint} required validationMessage={message} validationState={message ? 'error' : 'none'}>
        <Input
          value={draft[name]}
          maxLength={300}
          autoComplete="off"
          spellCheck={false}
          onChange={(_, { value }) => change({ [name]: value })}
        />
      </Field>
    );
  };
  const secretMessage = problems.secret ?? fieldMessage(save.error, 'secret');
  return (
    <Card title="App registration" description="From the overview of the registration in Microsoft’s portal.">
      <form ref={form} className={styles.form} onSubmit={submit} noValidate>
        {text('tenant', 'Directory (tenant) ID', 'Or a domain of the tenant, such as contoso.onmicrosoft.com.')}
        {text('clientId', 'Application (client) ID', 'Eight groups of letters and digits with dashes in between.')}
        <Field label="Cloud">
          <Select value={draft.cloud} onChange={(_, { value }) => change({ cloud: value as EntraCloud })}>
            {Object.entries(cloudNames).map(([cloud, name]) => (
              <option key={cloud} value={cloud}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        {draft.cloud === 'custom' ? (
          <>
            {text('loginUrl', 'Address for signing in', 'Where tokens are asked for.')}
            {text('graphUrl', 'Address of Microsoft Graph', 'Where people and groups are read. Nothing else is asked.')}
          </>
        ) : null}
        <Field label="How Keystead proves who it is">
          <RadioGroup
            value={draft.proof}
            onChange={(_, { value }) => change({ proof: value as ConnectionDraft['proof'], secret: '' })}
          >
            <Radio value="certificate" label="With a certificate that it makes: recommended" />
            <Radio value="secret" label="With a client secret" />
          </RadioGroup>
        </Field>
        {draft.proof === 'secret' ? (
          <>
            <Field
              label={kept ? 'New client secret' : 'Client secret'}
              required={!kept}
              hint={
                kept
                  ? `One was entered${kept.enteredAt ? ` on ${dayWords(kept.enteredAt)}` : ''} and is kept. Leave this empty to keep it.`
                  : 'Kept sealed, and never shown again.'
              }
              validationMessage={secretMessage}
              validationState={secretMessage ? 'error' : 'none'}
            >
              <Input
                type="password"
                value={draft.secret}
                maxLength={1000}
                autoComplete="new-password"
                onChange={(_, { value }) => change({ secret: value })}
              />
            </Field>
            {draft.secret !== '' || !kept ? (
              <Field
                className={styles.day}
                label="The secret runs out on"
                hint="You are reminded 30 days before."
                validationMessage={fieldMessage(save.error, 'secretExpiresAt')}
              >
                <Input type="date" value={draft.secretExpires} onChange={(_, { value }) => change({ secretExpires: value })} />
              </Field>
            ) : null}
          </>
        ) : null}
        <ProblemBar error={save.error} fields={fields} />
        <div className={styles.buttons}>
          <Button type="submit" appearance="primary" disabledFocusable={save.isPending}>
            {save.isPending ? 'Saving…' : connection.configured ? 'Save' : 'Save connection'}
          </Button>
        </div>
      </form>
    </Card>
  );
}
