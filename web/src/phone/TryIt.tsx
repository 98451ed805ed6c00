// Signing in for the first time with a phone that was just registered: on the phone itself, or on the
// computer where it began, which reaches the phone nearby (FIDO cross-device).
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { Phone24Regular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Session } from '../api';
import { sessionQuery } from '../app/session';
import { ButtonLink } from '../shared/links';
import { ProblemBar } from '../shared/ProblemBar';
import { EmptyState } from '../shared/states';
import { signIn } from '../signin/signIn';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '16px' },
  button: { minHeight: '52px', width: '100%' },
  hint: { ...typographyStyles.body1, margin: 0, color: tokens.colorNeutralForeground3 },
});

interface Props {
  /** Where the page is open. */
  on: 'phone' | 'computer';
  onWorked: (session: Session) => void;
}

export function TryIt({ on, onWorked }: Props) {
  const styles = useStyles();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const press = async () => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const session = await signIn({ hints: [on === 'phone' ? 'client-device' : 'hybrid'] });
      client.setQueryData(sessionQuery.queryKey, session);
      onWorked(session);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <div className={styles.stack}>
      <ProblemBar error={error} />
      <Button
        appearance="primary"
        size="large"
        className={styles.button}
        icon={<Phone24Regular />}
        disabledFocusable={busy}
        onClick={() => void press()}
      >
        {busy ? 'Waiting for your phone…' : on === 'phone' ? 'Try it: sign in' : 'Try it: sign in here with your phone'}
      </Button>
      {on === 'computer' ? (
        <p className={styles.hint}>
          The browser shows a QR code of its own: scan it with the phone. Bluetooth has to be on, on both.
        </p>
      ) : null}
    </div>
  );
}

/** The good news after the first sign-in. */
export function Worked({ session, on }: { session: Session; on: Props['on'] }) {
  return (
    <EmptyState
      illustration="done"
      level={1}
      title="It works"
      actions={
        <ButtonLink to="/" appearance="primary" size="large">
          Open Keystead
        </ButtonLink>
      }
    >
      {session.user.displayName}, you are signed in {on === 'phone' ? 'on this phone' : 'on this computer'}. From now on
      choose “Use your phone” at any computer.
    </EmptyState>
  );
}
