// On the phone: who invites, one button, and the phone is a key. Before the button stands only what
// would keep it from working.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { Phone24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, asProblem, type RegistrationInvitation, type Registered } from '../api';
import { Invited } from '../register/Invited';
import { refusalFor } from '../register/refusals';
import { systemOf } from '../shared/handheld';
import { ProblemBar } from '../shared/ProblemBar';
import { SkeletonLines } from '../shared/states';
import { expiryWords } from '../shared/time';
import { createCredential } from '../shared/webauthn';
import { obstacleOf, phoneFacts, troubleHints } from './obstacle';
import { ObstacleView } from './ObstacleView';

const useStyles = makeStyles({
  steps: { ...typographyStyles.body1, margin: '20px 0', color: tokens.colorNeutralForeground2 },
  stack: { display: 'flex', flexDirection: 'column', gap: '16px' },
  button: { minHeight: '56px', width: '100%', fontSize: tokens.fontSizeBase400 },
  faint: { ...typographyStyles.caption1, margin: 0, color: tokens.colorNeutralForeground3 },
  hints: { ...typographyStyles.body1, margin: 0, paddingLeft: '20px', color: tokens.colorNeutralForeground2 },
});

interface Props {
  token: string;
  invitation: RegistrationInvitation;
  /** This page with the token, for another browser of the phone. */
  address: string;
  onDone: (result: Registered) => void;
  onRefused: (code: string) => void;
}

export const phoneFactsQuery = {
  queryKey: ['phone-facts'],
  queryFn: phoneFacts,
  staleTime: Infinity,
  gcTime: 0,
} as const;

export function PhoneInvitation({ token, invitation, address, onDone, onRefused }: Props) {
  const styles = useStyles();
  const facts = useQuery(phoneFactsQuery);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { organisationName, expiresAt } = invitation;

  const activate = async () => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const { ceremonyId, publicKey } = await api.post('/registrations/options', { body: { token } });
      const credential = await createCredential(publicKey, 'phone');
      onDone(await api.post('/registrations/finish', { body: { token, ceremonyId, credential } }));
    } catch (failure) {
      const problem = asProblem(failure);
      if (refusalFor(problem.code)) onRefused(problem.code);
      setError(problem);
      setBusy(false);
    }
  };

  if (!facts.data) return <SkeletonLines lines={6} label="Your phone is looked at" />;
  const obstacle = obstacleOf(facts.data);
  if (obstacle) return <ObstacleView obstacle={obstacle} address={address} onRetry={() => void facts.refetch()} />;
  const refused = error ? asProblem(error).code.startsWith('webauthn_') : false;
  return (
    <>
      <Invited
        invitation={invitation}
        title="Make this phone your key"
        lead={`${organisationName} invites you to sign in with your phone, without a password.`}
      />
      <p className={styles.steps}>
        Your phone asks for your fingerprint, your face or its code. That stays on the phone: nobody else gets to see it.
      </p>
      <div className={styles.stack}>
        <ProblemBar error={error} />
        {refused ? (
          <ul className={styles.hints}>
            {troubleHints(systemOf()).map((hint) => (
              <li key={hint}>{hint}</li>
            ))}
          </ul>
        ) : null}
        <Button
          appearance="primary"
          size="large"
          className={styles.button}
          icon={<Phone24Regular />}
          disabledFocusable={busy}
          onClick={() => void activate()}
        >
          {busy ? 'Follow your phone…' : 'Activate this phone'}
        </Button>
        <p className={styles.faint}>
          Not {invitation.person.displayName}? Close this page and tell the sender. This works {expiryWords(expiresAt)},
          and only once.
        </p>
      </div>
    </>
  );
}
