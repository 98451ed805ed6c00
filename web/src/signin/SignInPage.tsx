// Signing in: one button, any registered key. Where the browser can, passkeys are also offered in
// the user name field (conditional UI).
import { Button, Divider, Field, Input, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { Key24Filled } from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState, type FormEvent } from 'react';
import { api, type Session } from '../api';
import { Bare } from '../app/Bare';
import { safeNext } from '../app/nextUrl';
import { instanceQuery, sessionQuery } from '../app/session';
import { ProblemBar } from '../shared/ProblemBar';
import { usePageTitle } from '../shared/usePageTitle';
import { conditionalAvailable, getCredential, webAuthnObstacle } from '../shared/webauthn';

const useStyles = makeStyles({
  title: { ...typographyStyles.title3, margin: 0, outlineStyle: 'none' },
  lead: { ...typographyStyles.body1, margin: '8px 0 24px', color: tokens.colorNeutralForeground3 },
  stack: { display: 'flex', flexDirection: 'column', gap: '16px' },
  button: { width: '100%', minHeight: '52px', fontSize: tokens.fontSizeBase400 },
});

/** A waiting ceremony lives 5 minutes on the server; it is renewed before that. */
const renewEvery = 4 * 60_000;

async function signIn(options: { signal?: AbortSignal; conditional?: boolean }): Promise<Session> {
  const { ceremonyId, publicKey } = await api.post('/signin/options', { signal: options.signal });
  const credential = await getCredential(publicKey, options);
  return api.post('/signin/finish', { body: { ceremonyId, credential }, signedOutIsFine: true });
}

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const styles = useStyles();
  const router = useRouter();
  const client = useQueryClient();
  const { next } = route.useSearch();
  const { data: instance } = useQuery(instanceQuery);
  const [busy, setBusy] = useState(false);
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

  const press = async (event?: FormEvent) => {
    event?.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    // Only one ceremony may wait for the key at a time.
    waiting.current?.abort();
    try {
      enter(await signIn({}));
    } catch (failure) {
      setError(failure);
      setBusy(false);
      if (conditional) void waitInField();
    }
  };

  const obstacle = webAuthnObstacle();
  return (
    <Bare below="No password exists anywhere in Keystead. Lost your key? Ask your administrator.">
      <h1 className={styles.title} tabIndex={-1}>
        {instance?.organisationName ? `Sign in to ${instance.organisationName}` : 'Sign in'}
      </h1>
      <p className={styles.lead}>Have your security key ready. You will be asked for its PIN or your fingerprint.</p>
      <div className={styles.stack}>
        <ProblemBar error={error} />
        <ProblemBar error={obstacle} />
        <Button
          appearance="primary"
          size="large"
          className={styles.button}
          icon={<Key24Filled />}
          disabledFocusable={busy || obstacle !== null}
          onClick={() => void press()}
        >
          {busy ? 'Waiting for your key…' : 'Sign in with your security key'}
        </Button>
        {conditional ? (
          <>
            <Divider>or</Divider>
            <form onSubmit={(event) => void press(event)}>
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
