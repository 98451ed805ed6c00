// The dialog behind every dangerous act: the server wants a touch of the key that is not older than
// 15 minutes. One dialog serves all requests that wait for it; they are repeated after the touch.
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
} from '@fluentui/react-components';
import { Key20Regular } from '@fluentui/react-icons';
import { useEffect, useRef, useState } from 'react';
import { api, connectShell } from '../api';
import { ProblemBar } from '../shared/ProblemBar';
import { getCredential } from '../shared/webauthn';
import { router } from './router';
import { queryClient } from './queryClient';
import { sessionQuery } from './session';
import { signInTarget } from './nextUrl';

const useStyles = makeStyles({ content: { display: 'flex', flexDirection: 'column', gap: '16px' } });

/**
 * The focus goes back to where the act began. That is mostly inside another dialog, which stays
 * hidden from screen readers until it has the focus again; so if the control is gone, the first one
 * of that dialog takes its place.
 */
function giveFocusBack(from: Element | null): void {
  const { activeElement } = document;
  if (activeElement && activeElement !== document.body && !activeElement.closest('[role=alertdialog]')) return;
  const remaining = document.querySelector('[role=dialog][aria-modal=true]');
  const target = from?.isConnected ? from : (remaining?.querySelector('input, select, textarea, button') ?? null);
  if (target instanceof HTMLElement) target.focus();
}

export function StepUp() {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const waiting = useRef<((done: boolean) => void)[]>([]);
  const opener = useRef<Element | null>(null);

  useEffect(() => {
    connectShell({
      askForTouch: () =>
        new Promise<boolean>((resolve) => {
          if (waiting.current.length === 0) opener.current = document.activeElement;
          waiting.current.push(resolve);
          setError(null);
          setBusy(false);
          setOpen(true);
        }),
      onSignedOut: () => {
        const here = router.state.location;
        queryClient.setQueryData(sessionQuery.queryKey, null);
        void router.navigate({ to: '/sign-in', search: { next: signInTarget(here.href) } });
      },
    });
  }, []);

  const finish = (done: boolean) => {
    setOpen(false);
    for (const resolve of waiting.current.splice(0)) resolve(done);
    const from = opener.current;
    // Once at once, and once when this dialog has faded out and what it led to is shown.
    requestAnimationFrame(() => giveFocusBack(from));
    setTimeout(() => giveFocusBack(from), 600);
  };

  const touch = async () => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const { ceremonyId, publicKey } = await api.post('/session/step-up/options');
      const credential = await getCredential(publicKey);
      const session = await api.post('/session/step-up/finish', { body: { ceremonyId, credential } });
      queryClient.setQueryData(sessionQuery.queryKey, session);
      finish(true);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <Dialog open={open} modalType="alert" onOpenChange={(_, data) => !data.open && finish(false)}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Confirm with your security key</DialogTitle>
          <DialogContent className={styles.content}>
            <span>
              This act needs to be sure that it is you. Have your security key ready and press the button; your browser
              asks for a touch.
            </span>
            <ProblemBar error={error} />
          </DialogContent>
          <DialogActions>
            <Button onClick={() => finish(false)}>Cancel</Button>
            <Button appearance="primary" icon={<Key20Regular />} disabledFocusable={busy} onClick={() => void touch()}>
              {busy ? 'Waiting for your key…' : 'Use security key'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
