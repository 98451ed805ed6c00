// The invitation to register a hardware key, or an owner's new passkey: one click, one touch.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { UsbStick24Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import { api, asProblem, type Registered, type RegistrationInvitation } from '../api';
import { ButtonLink } from '../shared/links';
import { ProblemBar } from '../shared/ProblemBar';
import { EmptyState } from '../shared/states';
import { expiryWords } from '../shared/time';
import { createCredential, webAuthnObstacle } from '../shared/webauthn';
import { Invited } from './Invited';
import { refusalFor } from './refusals';

const useStyles = makeStyles({
  steps: { ...typographyStyles.body1, margin: '20px 0', paddingLeft: '20px', color: tokens.colorNeutralForeground2 },
  stack: { display: 'flex', flexDirection: 'column', gap: '16px' },
  calm: { ...typographyStyles.body1, margin: 0 },
  button: { minHeight: '52px', width: '100%' },
  expiry: { ...typographyStyles.caption1, margin: 0, color: tokens.colorNeutralForeground3 },
});

interface Props {
  token: string;
  invitation: RegistrationInvitation;
  onDone: (result: Registered) => void;
  onRefused: (code: string) => void;
}

export function KeyInvitation({ token, invitation, onDone, onRefused }: Props) {
  const styles = useStyles();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { person, organisationName, expiresAt, key, purpose } = invitation;

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
      <Invited
        invitation={invitation}
        title={purpose === 'recover' ? 'Recover your access' : 'Register your security key'}
        lead={
          purpose === 'recover'
            ? `Make a new passkey to get back into ${organisationName}.`
            : `${organisationName} has prepared a security key for you. Once registered, you sign in with it instead of a password.`
        }
      />
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

export function Done({ name, model }: { name: string; model: string | null }) {
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
