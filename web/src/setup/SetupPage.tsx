// The first start: whoever holds the setup link names the organisation and becomes its owner.
import { Button, Field, Input, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { Fingerprint24Regular } from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { api, asProblem, fieldMessage, Problem } from '../api';
import { Bare } from '../app/Bare';
import { instanceQuery, sessionQuery } from '../app/session';
import { ButtonLink } from '../shared/links';
import { ProblemBar } from '../shared/ProblemBar';
import { EmptyState, ErrorState, SkeletonLines } from '../shared/states';
import { expiryWords } from '../shared/time';
import { useLinkToken } from '../shared/useLinkToken';
import { usePageTitle } from '../shared/usePageTitle';
import { createCredential } from '../shared/webauthn';
import { missingFields, type SetupForm } from './form';

const useStyles = makeStyles({
  title: { ...typographyStyles.title3, margin: 0, outlineStyle: 'none' },
  lead: { ...typographyStyles.body1, margin: '8px 0 24px', color: tokens.colorNeutralForeground3 },
  form: { display: 'flex', flexDirection: 'column', gap: '16px' },
  button: { minHeight: '48px', marginTop: '8px' },
  code: { fontFamily: 'ui-monospace, monospace', overflowWrap: 'anywhere' },
});

export function SetupPage() {
  const { token, forget } = useLinkToken('setup');
  const inspection = useQuery({
    queryKey: ['setup', token],
    queryFn: () => api.post('/setup/inspect', { body: { token: token as string } }),
    enabled: token !== null,
    staleTime: Infinity,
  });
  usePageTitle('Set up Keystead');

  if (token === null) return <NoLink />;
  if (inspection.error) {
    const problem = asProblem(inspection.error);
    const refused = problem.code.startsWith('link_');
    return (
      <Bare>
        {refused ? <Refused problem={problem} /> : <ErrorState error={problem} level={1} onRetry={() => void inspection.refetch()} />}
      </Bare>
    );
  }
  return (
    <Bare>
      {inspection.data ? (
        <Form key={token} token={token} expiresAt={inspection.data.expiresAt} forget={forget} />
      ) : (
        <SkeletonLines lines={6} label="The setup link is checked" />
      )}
    </Bare>
  );
}

function NewLinkWords() {
  const styles = useStyles();
  return (
    <>
      On the server, run <span className={styles.code}>keystead setup-link</span> to print a new one.
    </>
  );
}

function NoLink() {
  const { data: instance } = useQuery(instanceQuery);
  const ready = instance?.state === 'ready';
  return (
    <Bare>
      {ready ? (
        <EmptyState
          illustration="done"
          level={1}
          title="Keystead is set up"
          actions={
            <ButtonLink to="/sign-in" appearance="primary">
              Sign in
            </ButtonLink>
          }
        >
          {instance.organisationName} has an owner already. Sign in with your security key.
        </EmptyState>
      ) : (
        <EmptyState illustration="door" level={1} title="Open your setup link">
          Keystead printed a setup link when it was started for the first time; it is in its log, too. Open that link in
          this browser. Is it older than a day or out of reach? <NewLinkWords />
        </EmptyState>
      )}
    </Bare>
  );
}

function Refused({ problem }: { problem: Problem }) {
  const title: Record<string, string> = {
    link_used: 'This setup link was used already',
    link_expired: 'This setup link has expired',
    link_cancelled: 'A newer setup link was made',
  };
  return (
    <EmptyState
      illustration="door"
      level={1}
      title={title[problem.code] ?? 'This setup link is not known'}
      actions={<ButtonLink to="/sign-in">Go to the sign-in page</ButtonLink>}
    >
      {problem.code === 'link_used' ? (
        'If it was you, sign in with the passkey that you made then. If it was not, somebody else has set up this Keystead: stop it and look at who can read its log.'
      ) : problem.code === 'link_cancelled' ? (
        <>
          Only the newest link works. <NewLinkWords />
        </>
      ) : problem.code === 'link_expired' ? (
        <>
          A setup link works for 24 hours. <NewLinkWords />
        </>
      ) : (
        <>
          Perhaps a part of the address is missing: copy the whole link. <NewLinkWords />
        </>
      )}
    </EmptyState>
  );
}

function Form({ token, expiresAt, forget }: { token: string; expiresAt: string; forget: () => void }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [form, setForm] = useState<SetupForm>({ organisationName: '', displayName: '', email: '' });
  const [missing, setMissing] = useState<Partial<SetupForm>>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const field = (name: keyof SetupForm) => {
    const message = missing[name] ?? fieldMessage(error, name);
    return { validationMessage: message, validationState: message ? ('error' as const) : ('none' as const) };
  };
  const input = (name: keyof SetupForm) => ({
    name,
    size: 'large' as const,
    value: form[name],
    maxLength: 200,
    onChange: (_: unknown, data: { value: string }) => {
      setForm((current) => ({ ...current, [name]: data.value }));
      setMissing((current) => ({ ...current, [name]: undefined }));
    },
  });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const gaps = missingFields(form);
    setMissing(gaps);
    setError(null);
    const firstGap = Object.keys(gaps)[0];
    if (firstGap) {
      (event.target as HTMLFormElement).querySelector<HTMLInputElement>(`[name=${firstGap}]`)?.focus();
      return;
    }
    setBusy(true);
    try {
      const body = {
        token,
        organisationName: form.organisationName.trim(),
        displayName: form.displayName.trim(),
        email: form.email.trim(),
      };
      const { ceremonyId, publicKey } = await api.post('/setup/options', { body });
      const credential = await createCredential(publicKey);
      const session = await api.post('/setup/finish', { body: { token, ceremonyId, credential } });
      forget();
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: '/dashboard' });
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <>
      <h1 className={styles.title} tabIndex={-1}>
        Welcome to Keystead
      </h1>
      <p className={styles.lead}>
        Name your organisation and make the passkey you will sign in with. You become its owner. This link works{' '}
        {expiryWords(expiresAt)}.
      </p>
      <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
        <ProblemBar error={error} fields={['organisationName', 'displayName', 'email']} />
        <Field label="Organisation" required hint="People see this name in mails and on the sign-in page." {...field('organisationName')}>
          <Input {...input('organisationName')} autoComplete="organization" />
        </Field>
        <Field label="Your name" required {...field('displayName')}>
          <Input {...input('displayName')} autoComplete="name" />
        </Field>
        <Field label="Your e-mail" required {...field('email')}>
          <Input {...input('email')} type="email" autoComplete="email" />
        </Field>
        <Button
          type="submit"
          appearance="primary"
          size="large"
          className={styles.button}
          icon={<Fingerprint24Regular />}
          disabledFocusable={busy}
        >
          {busy ? 'Waiting for your key…' : 'Make passkey and start'}
        </Button>
      </form>
    </>
  );
}
