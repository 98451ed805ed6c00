// Signing in: one button, any registered key. Where the browser can, passkeys are also offered in
// the user name field (conditional UI).
import { Button, Divider, Field, Input, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { Key24Filled, Phone24Regular } from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState, type FormEvent, type ReactElement } from 'react';
import type { Session } from '../api';
import { Bare } from '../app/Bare';
import { safeNext } from '../app/nextUrl';
import { instanceQuery, sessionQuery } from '../app/session';
import { ProblemBar } from '../shared/ProblemBar';
import { usePageTitle } from '../shared/usePageTitle';
import { isHandheld } from '../shared/handheld';
import { conditionalAvailable, webAuthnObstacle, type Hint } from '../shared/webauthn';
import { signIn } from './signIn';

const useStyles = makeStyles({
  title: { ...typographyStyles.title3, margin: 0, outlineStyle: 'none' },
  lead: { ...typographyStyles.body1, margin: '8px 0 24px', color: tokens.colorNeutralForeground3 },
  stack: { display: 'flex', flexDirection: 'column', gap: '16px' },
  hint: { ...typographyStyles.body1, margin: 0, color: tokens.colorNeutralForeground3 },
  button: { width: '100%', minHeight: '52px', fontSize: tokens.fontSizeBase400 },
});

/** A waiting ceremony lives 5 minutes on the server; it is renewed before that. */
const renewEvery = 4 * 60_000;

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const styles = useStyles();
  const router = useRouter();
  const client = useQueryClient();
  const { next } = route.useSearch();
  const { data: instance } = useQuery(instanceQuery);
  // What is waited for.
  const [busy, setBusy] = useState<'key' | 'phone' | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [conditional, setConditional] = useState(false);
  const waiting = useRef<AbortController | null>(null);
  usePageTitle('Sign in');

  const enter = useCallback(
    (session: Session) => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
      router.history.replace(safeNext(next) ?? '/');
    },
    [client, next, router],
  );

  // Waits in the background for a passkey chosen in the field; quiet unless one was chosen and refused.
  const waitInField = useCallback(async () => {
    waiting.current?.abort();
    const mine = new AbortController();
    waiting.current = mine;
    const renew = setTimeout(() => void waitInField(), renewEvery);
    mine.signal.addEventListener('abort', () => clearTimeout(renew));
    try {
      enter(await signIn({ signal: mine.signal, conditional: true }));
    } catch (failure) {
      if (!mine.signal.aborted) setError(failure);
    }
  }, [enter]);

  useEffect(() => {
    let gone = false;
    void conditionalAvailable().then((available) => {
      if (gone || !available) return;
      setConditional(true);
      void waitInField();
    });
    return () => {
      gone = true;
      waiting.current?.abort();
    };
  }, [waitInField]);

  const press = async (what: 'key' | 'phone', hints?: Hint[]) => {
    if (busy) return;
    setBusy(what);
    setError(null);
    // Only one ceremony may wait for the key at a time.
    waiting.current?.abort();
    try {
      enter(await signIn({ hints }));
    } catch (failure) {
      setError(failure);
      setBusy(null);
      if (conditional) void waitInField();
    }
  };

  const obstacle = webAuthnObstacle();
  const handheld = isHandheld();
  const button = (what: 'key' | 'phone', first: boolean, label: string, icon: ReactElement, hints?: Hint[]) => (
    <Button
      key={what}
      appearance={first ? 'primary' : 'secondary'}
      size="large"
      className={styles.button}
      icon={icon}
      disabledFocusable={busy !== null || obstacle !== null}
      onClick={() => void press(what, hints)}
    >
      {busy === what ? `Waiting for your ${what}…` : label}
    </Button>
  );
  // At a computer any key may answer, its own passkey too; the phone is asked for by name.
  const key = button('key', !handheld, handheld ? 'Use a security key' : 'Sign in with your security key', <Key24Filled />, handheld ? ['security-key'] : undefined);
  const phone = button('phone', handheld, handheld ? 'Sign in with this phone' : 'Use your phone', <Phone24Regular />, [handheld ? 'client-device' : 'hybrid']);
  return (
    <Bare below="No password exists anywhere in Keystead. Lost your key? Ask your administrator.">
      <h1 className={styles.title} tabIndex={-1}>
        {instance?.organisationName ? `Sign in to ${instance.organisationName}` : 'Sign in'}
      </h1>
      <p className={styles.lead}>{handheld
          ? 'Your phone asks for your fingerprint, your face or its code.'
          : 'Have your security key or your phone ready. You will be asked for its PIN or your fingerprint.'}</p>
      <div className={styles.stack}>
        <ProblemBar error={error} />
        <ProblemBar error={obstacle} />
        {handheld ? [phone, key] : [key, phone]}
        {busy === 'phone' && !handheld ? (
          <p className={styles.hint} role="status">
            The browser shows a QR code: scan it with your phone’s camera. Bluetooth has to be on, on both.
          </p>
        ) : null}
        {conditional ? (
          <>
            <Divider>or</Divider>
            <form
              onSubmit={(event: FormEvent) => {
                event.preventDefault();
                void press('key');
              }}
            >
              <Field label="User name" hint="Choose this field to see the passkeys saved in your browser.">
                <Input size="large" name="username" autoComplete="username webauthn" />
              </Field>
            </form>
          </>
        ) : null}
      </div>
    </Bare>
  );
}
