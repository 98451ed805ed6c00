// The phone is a key now: try it, and keep Keystead at hand.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { Registered, Session } from '../api';
import { Illustration } from '../shared/illustrations';
import { Install } from './Install';
import { TryIt, Worked } from './TryIt';

const useStyles = makeStyles({
  head: { display: 'flex', flexDirection: 'column', alignItems: 'center', textAlign: 'center', marginBottom: '24px' },
  title: { ...typographyStyles.title3, margin: '8px 0', outlineStyle: 'none' },
  text: { ...typographyStyles.body1, margin: 0, color: tokens.colorNeutralForeground2 },
});

interface Props {
  result: Registered;
  on: 'phone' | 'computer';
  /** Whether it began at a computer, whose page shows the good news, too. */
  carried?: boolean;
}

export function PhoneDone({ result, on, carried = false }: Props) {
  const styles = useStyles();
  const [session, setSession] = useState<Session | null>(null);
  if (session) {
    return (
      <>
        <Worked session={session} on={on} />
        {on === 'phone' ? <Install /> : null}
      </>
    );
  }
  const kept = result.model ? ` Its passkey is kept in ${result.model}.` : '';
  return (
    <>
      <div className={styles.head}>
        <Illustration name="done" />
        <h1 className={styles.title} tabIndex={-1}>
          Your phone is registered
        </h1>
        <p className={styles.text}>
          It is how you sign in from now on.{kept}
          {carried ? ' The screen where you began shows it, too: at your own computer you can go on there.' : ''}
        </p>
      </div>
      <TryIt on={on} onWorked={setSession} />
    </>
  );
}
