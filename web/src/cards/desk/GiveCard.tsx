// One person at the desk: their card is awaited on the reader, bound, and its PIN dealt with.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { ArrowClockwise20Regular } from '@fluentui/react-icons';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, type CardBound, type Workstation } from '../../api';
import { useRefreshKeys } from '../../keys/refresh';
import { ProblemBar } from '../../shared/ProblemBar';
import { SkeletonLines } from '../../shared/states';
import { proposedCardName } from '../../users/new/wizard';
import { PinNote } from '../PinNote';
import { ReadingPanel } from '../ReadingPanel';
import { useHandOut } from '../useHandOut';
import type { Offer } from './offers';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '16px' },
  who: { ...typographyStyles.subtitle1, margin: 0, outlineStyle: 'none', overflowWrap: 'anywhere' },
  hint: { ...typographyStyles.body1, margin: 0, color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});

export interface Given {
  offer: Offer;
  keyId: string;
  number: string | null;
  pin: CardBound['pin'];
  at: string;
}

interface Props {
  offer: Offer;
  workstation: Workstation | undefined;
  /** The card is theirs. `stays`: a PIN is shown that has to be handed over first. */
  onGiven: (given: Given) => void;
  /** A key was assigned to somebody who had none that waits. */
  onAssigned: (keyId: string) => void;
  onNext: () => void;
  /** Nothing is handed out now. */
  onSkip: (keyId: string | null) => void;
}

export function GiveCard({ offer, workstation, onGiven, onAssigned, onNext, onSkip }: Props) {
  const styles = useStyles();
  const refresh = useRefreshKeys();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { keyId } = offer;
  // One key however often this is pressed.
  const [intent] = useState(() => crypto.randomUUID());
  const assign = useMutation({
    mutationFn: () =>
      api.post('/users/{id}/keys', {
        path: { id: offer.id },
        body: { kind: 'contactlessCard', activation: 'now', name: proposedCardName(offer.name) },
        idempotencyKey: intent,
      }),
    onSuccess: ({ key }) => {
      refresh();
      onAssigned(key.id);
    },
  });
  const begun = useRef(false);
  useEffect(() => {
    if (keyId !== null || begun.current) return;
    begun.current = true;
    assign.mutate();
  }, [keyId, assign]);
  // Escape is the keyboard's way out, wherever the focus is.
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !document.querySelector('[role=dialog]')) onSkip(keyId);
    };
    document.addEventListener('keydown', leave);
    return () => document.removeEventListener('keydown', leave);
  }, [keyId, onSkip]);
  return (
    <div className={styles.root}>
      <div>
        <h3 ref={heading} tabIndex={-1} className={styles.who}>
          {offer.name}
        </h3>
        <p className={styles.hint}>{offer.email}</p>
      </div>
      {assign.error ? (
        <>
          <ProblemBar error={assign.error} />
          <div className={styles.buttons}>
            <Button appearance="primary" onClick={() => assign.mutate()}>
              Try again
            </Button>
            <Button onClick={() => onSkip(null)}>Somebody else</Button>
          </div>
        </>
      ) : keyId === null ? (
        <SkeletonLines lines={3} label="The card is assigned" />
      ) : (
        <AtReader offer={offer} keyId={keyId} workstation={workstation} onGiven={onGiven} onNext={onNext} onSkip={onSkip} />
      )}
    </div>
  );
}

function AtReader({ offer, keyId, workstation, onGiven, onNext, onSkip }: Omit<Props, 'onAssigned'> & { keyId: string }) {
  const styles = useStyles();
  const refresh = useRefreshKeys();
  const number = useRef<string | null>(null);
  const { state, bound, failure, again } = useHandOut(keyId, workstation, ({ pin }) => {
    refresh();
    onGiven({ offer, keyId, number: number.current, pin, at: new Date().toISOString() });
    // A PIN that is shown once waits until it was handed over.
    if (!pin?.pin) onNext();
  });
  useEffect(() => {
    if (state.reading?.number) number.current = state.reading.number;
  }, [state.reading?.number]);
  if (bound) {
    return (
      <>
        <PinNote pin={bound.pin} signsInHere={bound.signsInHere} person={{ displayName: offer.name, email: offer.email }} />
        <div className={styles.buttons}>
          <Button appearance="primary" autoFocus onClick={onNext}>
            Next person
          </Button>
        </div>
      </>
    );
  }
  return (
    <>
      {failure ? (
        <ProblemBar error={failure} />
      ) : workstation ? (
        <ReadingPanel
          state={state}
          ask={`Put the card for ${offer.name} on the reader`}
          where={workstation.name}
          doing={`It becomes the card of ${offer.name}…`}
        />
      ) : null}
      <div className={styles.buttons}>
        {failure ? (
          <Button appearance="primary" icon={<ArrowClockwise20Regular />} onClick={again}>
            Read a card again
          </Button>
        ) : null}
        <Button onClick={() => onSkip(keyId)}>Somebody else (Esc)</Button>
      </div>
    </>
  );
}
