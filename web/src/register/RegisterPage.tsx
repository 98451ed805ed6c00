// Where a registration link leads: it names the person and the organisation, and one click makes
// the key theirs. Opening it uses nothing up; only the finished ceremony does.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { UsbStick24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, asProblem, type KeyRef, type RegistrationInvitation } from '../api';
import { Bare } from '../app/Bare';
import { ButtonLink } from '../shared/links';
import { ProblemBar } from '../shared/ProblemBar';
import { EmptyState, ErrorState, SkeletonLines } from '../shared/states';
import { expiryWords } from '../shared/time';
import { useLinkToken } from '../shared/useLinkToken';
import { usePageTitle } from '../shared/usePageTitle';
import { createCredential, webAuthnObstacle } from '../shared/webauthn';
import { refusalFor, type Refusal } from './refusals';

const useStyles = makeStyles({
  eyebrow: { ...typographyStyles.body1Strong, margin: '0 0 4px', color: tokens.colorBrandForeground1 },
  title: { ...typographyStyles.title3, margin: 0, outlineStyle: 'none' },
  lead: { ...typographyStyles.body1, margin: '8px 0 20px', color: tokens.colorNeutralForeground2 },
  who: {
    display: 'flex',
    flexDirection: 'column',
    padding: '12px 16px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground3,
    overflowWrap: 'anywhere',
  },
  name: typographyStyles.body1Strong,
  email: { color: tokens.colorNeutralForeground2 },
  note: {
    margin: '16px 0 0',
    padding: '4px 0 4px 16px',
    borderLeft: `3px solid ${tokens.colorBrandStroke2}`,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
  noteBy: { ...typographyStyles.caption1, display: 'block', color: tokens.colorNeutralForeground3 },
  steps: { ...typographyStyles.body1, margin: '20px 0', paddingLeft: '20px', color: tokens.colorNeutralForeground2 },
  stack: { display: 'flex', flexDirection: 'column', gap: '16px' },
  calm: { ...typographyStyles.body1, margin: 0 },
  button: { minHeight: '52px', width: '100%' },
  expiry: { ...typographyStyles.caption1, margin: 0, color: tokens.colorNeutralForeground3 },
});

type Registered = { key: KeyRef; model: string | null };

export function RegisterPage() {
  const { token, forget } = useLinkToken('register');
  // Another link in the same tab starts over.
  return <Registration key={token} token={token} forget={forget} />;
}

function Registration({ token, forget }: { token: string | null; forget: () => void }) {
  const [registered, setRegistered] = useState<Registered | null>(null);
  const [refusedCode, setRefusedCode] = useState<string | null>(null);
  const inspection = useQuery({
    queryKey: ['registration', token],
    queryFn: () => api.post('/registrations/inspect', { body: { token: token as string } }),
    enabled: token !== null,
    staleTime: Infinity,
    gcTime: 0,
  });
  usePageTitle('Register your security key');

  const problem = inspection.error ? asProblem(inspection.error) : null;
  const refusal = refusalFor(refusedCode ?? (token === null ? 'link_unknown' : (problem?.code ?? '')));

  const [step, content] = registered
    ? ['done', <Done key="done" name={registered.key.name} model={registered.model} />]
    : refusal
      ? ['refused', <Refused key="refused" {...refusal} />]
      : problem
        ? ['error', <ErrorState key="error" error={problem} level={1} onRetry={() => void inspection.refetch()} />]
        : inspection.data && token
          ? [
              'invitation',
              <Invitation
                key="invitation"
                token={token}
                invitation={inspection.data}
                onRefused={setRefusedCode}
                onDone={(result) => {
                  forget();
                  setRegistered(result);
                }}
              />,
            ]
          : ['loading', <SkeletonLines key="loading" lines={6} label="Your link is checked" />];
  return <Bare step={step as string}>{content}</Bare>;
}

interface InvitationProps {
  token: string;
  invitation: RegistrationInvitation;
  onDone: (result: Registered) => void;
  onRefused: (code: string) => void;
}

function Invitation({ token, invitation, onDone, onRefused }: InvitationProps) {
  const styles = useStyles();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { person, organisationName, note, expiresAt, key, purpose } = invitation;

  const register = async () => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const { ceremonyId, publicKey } = await api.post('/registrations/options', { body: { token } });
      const credential = await createCredential(publicKey);
      onDone(await api.post('/registrations/finish', { body: { token, ceremonyId, credential } }));
    } catch (failure) {
      const problem = asProblem(failure);
      if (refusalFor(problem.code)) onRefused(problem.code);
      setError(problem);
      setBusy(false);
    }
  };

  const obstacle = webAuthnObstacle();
  const hardware = key?.kind !== 'platform';
  return (
    <>
      <p className={styles.eyebrow}>{organisationName}</p>
      <h1 className={styles.title} tabIndex={-1}>
        {purpose === 'recover' ? 'Recover your access' : 'Register your security key'}
      </h1>
      <p className={styles.lead}>
        {purpose === 'recover'
          ? `Make a new passkey to get back into ${organisationName}.`
          : `${organisationName} has prepared a security key for you. Once registered, you sign in with it instead of a password.`}
      </p>
      <div className={styles.who}>
        <span className={styles.name}>{person.displayName}</span>
        <span className={styles.email}>{person.email}</span>
      </div>
      {note ? (
        <blockquote className={styles.note}>
          <span className={styles.noteBy}>A note from your administrator</span>
          {note}
        </blockquote>
      ) : null}
      <ol className={styles.steps}>
        {hardware ? <li>Plug your security key in, or have it near the reader.</li> : null}
        <li>Press the button. Your browser shows a window of its own.</li>
        <li>Choose a PIN or give your fingerprint when it asks, then touch the key.</li>
      </ol>
      <div className={styles.stack}>
        {obstacle ? <p className={styles.calm}>Your link is not used up: it works in the other browser, too.</p> : null}
        <ProblemBar error={obstacle ?? error} />
        <Button
          appearance="primary"
          size="large"
          className={styles.button}
          icon={<UsbStick24Regular />}
          disabledFocusable={busy || obstacle !== null}
          onClick={() => void register()}
        >
          {busy ? 'Waiting for your key…' : purpose === 'recover' ? 'Make passkey' : 'Register security key'}
        </Button>
        <p className={styles.expiry}>
          Not {person.displayName}? Close this page and tell the sender. This link works {expiryWords(expiresAt)}, and
          only once.
        </p>
      </div>
    </>
  );
}

function Done({ name, model }: { name: string; model: string | null }) {
  return (
    <EmptyState
      illustration="done"
      level={1}
      title="Your key is registered"
      actions={
        <ButtonLink to="/sign-in" appearance="primary" size="large">
          Try it: sign in
        </ButtonLink>
      }
    >
      {model ? `It is a ${model}, ` : 'It is '}known here as “{name}”. Keep it with you: it is how you sign in
      from now on.
    </EmptyState>
  );
}

function Refused({ title, advice, offerSignIn }: Refusal) {
  return (
    <EmptyState
      illustration="door"
      level={1}
      title={title}
      actions={offerSignIn ? <ButtonLink to="/sign-in">Sign in</ButtonLink> : undefined}
    >
      {advice}
    </EmptyState>
  );
}
