// A card in use: what is known of it, a new PIN for a forgotten one, tries for a blocked one.
import { Button, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { ArrowSwap20Regular, Key20Regular, LockOpen20Regular } from '@fluentui/react-icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Key, type PinReset } from '../api';
import { useRefreshKeys } from '../keys/refresh';
import { FormDialog } from '../shared/FormDialog';
import { ProblemBar } from '../shared/ProblemBar';
import { ErrorState, SkeletonLines } from '../shared/states';
import { useToast } from '../shared/toast';
import { CardFacts } from './CardFacts';
import { Face } from './Face';
import type { ShowRegistration } from '../keys/RegistrationDialog';
import { PinNote } from './PinNote';
import { ReplaceCard } from './ReplaceCard';
import { cardPasskeysQuery, cardQuery } from './queries';
import { allTries, passkeysWords, siteList } from './words';

interface Props {
  item: Key;
  open: boolean;
  onClose: () => void;
  /** Shows what comes of a replacement: the wait for the new card, or its link. */
  onRegistration: ShowRegistration;
}

export function CardDialog({ item, open, onClose, onRegistration }: Props) {
  const [pinShown, setPinShown] = useState(false);
  const close = () => {
    setPinShown(false);
    onClose();
  };
  return (
    // A click beside the dialog must not lose a PIN that is shown once.
    <FormDialog open={open} closeOnBackdrop={!pinShown} onClose={close}>
      <Content item={item} onReset={() => setPinShown(true)} onClose={close} onRegistration={onRegistration} />
    </FormDialog>
  );
}

type Step = { at: 'card' } | { at: 'reset' } | { at: 'replace' } | { at: 'done'; reset: PinReset };

function Content({ item, onReset, onClose, onRegistration }: Omit<Props, 'open'> & { onReset: () => void }) {
  const [step, setStep] = useState<Step>({ at: 'card' });
  const refresh = useRefreshKeys();
  switch (step.at) {
    case 'card':
      return <Overview item={item} onGo={(at) => setStep({ at })} onClose={onClose} />;
    case 'replace':
      return (
        <ReplaceCard
          item={item}
          onBack={() => setStep({ at: 'card' })}
          onReplaced={(what) => {
            refresh();
            onClose();
            onRegistration(what, item.user);
          }}
        />
      );
    case 'reset':
      return (
        <Forgotten
          item={item}
          onBack={() => setStep({ at: 'card' })}
          onDone={(reset) => {
            refresh();
            onReset();
            setStep({ at: 'done', reset });
          }}
        />
      );
    case 'done':
      return <Renewed item={item} reset={step.reset} onClose={onClose} />;
  }
}

function Overview({ item, onGo, onClose }: { item: Key; onGo: (step: 'reset' | 'replace') => void; onClose: () => void }) {
  const refresh = useRefreshKeys();
  const toast = useToast();
  const card = useQuery(cardQuery(item.id));
  const unblock = useMutation({
    mutationFn: () => api.post('/keys/{id}/card/unblock', { path: { id: item.id } }),
    onSuccess: () => {
      refresh();
      toast.success('Card unblocked', `${item.user.displayName} has ${allTries} tries for the PIN again.`);
    },
  });
  const { data } = card;
  const mayUnblock = data?.withPin === true && data.pinTries < allTries;
  return (
    <Face
      first
      title={`${item.name} of ${item.user.displayName}`}
      actions={
        <>
          {mayUnblock ? (
            <Button icon={<LockOpen20Regular />} disabledFocusable={unblock.isPending} onClick={() => unblock.mutate()}>
              {data.blocked ? 'Unblock' : 'Give tries back'}
            </Button>
          ) : null}
          {data?.withPin ? (
            <Button icon={<Key20Regular />} onClick={() => onGo('reset')}>
              Reset PIN…
            </Button>
          ) : null}
          <Button icon={<ArrowSwap20Regular />} onClick={() => onGo('replace')}>
            Replace…
          </Button>
          <Button appearance="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {data?.blocked ? (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Blocked after {allTries} wrong PINs</MessageBarTitle>
            If {item.user.displayName} knows the PIN after all, unblock the card: nothing is lost. If the PIN is forgotten,
            reset it.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {data ? (
        <CardFacts card={data} />
      ) : card.error ? (
        <ErrorState error={card.error} onRetry={() => void card.refetch()} level={3} />
      ) : (
        <SkeletonLines lines={5} label="The card is loading" />
      )}
      <ProblemBar error={unblock.error} />
    </Face>
  );
}

function Forgotten({ item, onBack, onDone }: { item: Key; onBack: () => void; onDone: (reset: PinReset) => void }) {
  const passkeys = useQuery(cardPasskeysQuery(item.id));
  const reset = useMutation({
    mutationFn: () => api.post('/keys/{id}/card/reset-pin', { path: { id: item.id } }),
    onSuccess: onDone,
  });
  // The one for Keystead itself is made anew.
  const held = (passkeys.data?.items ?? []).filter(({ signsInHere }) => !signsInHere);
  const { displayName, email } = item.user;
  return (
    <Face
      title={`Reset the PIN of ${displayName}?`}
      actions={
        <>
          <Button onClick={onBack} disabled={reset.isPending}>
            Keep as it is
          </Button>
          <Button
            appearance="primary"
            disabledFocusable={reset.isPending || !passkeys.data}
            onClick={() => {
              if (passkeys.data && !reset.isPending) reset.mutate();
            }}
          >
            {reset.isPending ? 'Working…' : 'Reset PIN'}
          </Button>
        </>
      }
    >
      <div>
        A new PIN is made up and mailed to {email}, or shown to you if no mail can be sent. The old PIN takes part in locking up what the card holds, so nobody can
        open that without it.
      </div>
      {passkeys.data ? (
        held.length > 0 ? (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody>
              <MessageBarTitle>{passkeysWords(held.length)} on the card are lost</MessageBarTitle>
              {displayName} registers the card anew at {siteList(held)}. If the PIN is known after all and the card is only
              blocked, go back and unblock it: nothing is lost then.
            </MessageBarBody>
          </MessageBar>
        ) : (
          <div>The card holds no passkeys for other sites, so nothing is lost.</div>
        )
      ) : passkeys.error ? (
        <ErrorState error={passkeys.error} onRetry={() => void passkeys.refetch()} level={3} />
      ) : (
        <SkeletonLines lines={2} label="The passkeys of the card are counted" />
      )}
      <ProblemBar error={reset.error} />
    </Face>
  );
}

function Renewed({ item, reset, onClose }: { item: Key; reset: PinReset; onClose: () => void }) {
  return (
    <Face
      title="The PIN was reset"
      actions={
        <Button appearance="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <PinNote pin={reset.pin} signsInHere person={item.user} />
      {reset.passkeysLost > 0 ? (
        <div>
          {passkeysWords(reset.passkeysLost)} went with the old PIN. {item.user.displayName} registers the card anew at
          those sites.
        </div>
      ) : null}
    </Face>
  );
}
