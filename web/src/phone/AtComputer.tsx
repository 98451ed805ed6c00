// A phone's link that was opened on a computer: brings it over to the phone, follows along, and lets
// the person sign in here with the phone when it is done.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { QrCode24Regular } from '@fluentui/react-icons';
import { useEffect, useState } from 'react';
import { api, asProblem, type Registered, type RegistrationInvitation } from '../api';
import { Invited } from '../register/Invited';
import { refusalFor } from '../register/refusals';
import { ProblemBar } from '../shared/ProblemBar';
import { expiryWords } from '../shared/time';
import { CarryOverPanel } from './CarryOverPanel';
import { useCarryOver } from './useCarryOver';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '16px', marginTop: '20px' },
  button: { minHeight: '52px', width: '100%' },
  title: { ...typographyStyles.title3, margin: '0 0 20px', outlineStyle: 'none' },
  faint: { ...typographyStyles.caption1, margin: 0, color: tokens.colorNeutralForeground3 },
});

interface Props {
  token: string;
  invitation: RegistrationInvitation;
  onDone: (result: Registered) => void;
  onRefused: (code: string) => void;
  /** It is a phone after all. */
  onThisDevice: () => void;
}

export function AtComputer({ token, invitation, onDone, onRefused, onThisDevice }: Props) {
  const styles = useStyles();
  const state = useCarryOver(() => api.post('/registrations/carry-over', { body: { token } }));
  const [begun, setBegun] = useState(false);
  const { progress, error } = state;
  const { key, person, expiresAt } = invitation;

  useEffect(() => {
    if (progress?.stage === 'registered' && key) onDone({ key, model: progress.model });
  }, [progress, key, onDone]);
  const refused = error ? refusalFor(asProblem(error).code) : undefined;
  useEffect(() => {
    if (refused) onRefused(asProblem(error).code);
  }, [refused, error, onRefused]);

  if (begun && (state.shown || state.busy)) {
    return (
      <>
        <h1 className={styles.title} tabIndex={-1}>
          Now take your phone
        </h1>
        <CarryOverPanel state={state} whose="your phone" done="Your phone is registered." />
      </>
    );
  }
  return (
    <>
      <Invited
        invitation={invitation}
        title="Make your phone your key"
        lead={`${invitation.organisationName} invites you to sign in with your phone, without a password. You opened the link on a computer: a code brings it over.`}
      />
      <div className={styles.stack}>
        <ProblemBar error={error} />
        <Button
          appearance="primary"
          size="large"
          className={styles.button}
          icon={<QrCode24Regular />}
          disabledFocusable={state.busy}
          onClick={() => {
            setBegun(true);
            state.show();
          }}
        >
          Show the code for my phone
        </Button>
        <Button appearance="subtle" onClick={onThisDevice}>
          This is my phone: go on here
        </Button>
        <p className={styles.faint}>
          Not {person.displayName}? Close this page and tell the sender. This link works {expiryWords(expiresAt)}, and
          only once.
        </p>
      </div>
    </>
  );
}
