// The invitation to activate a contactless card: choose the computer whose reader is at hand, put the card on
// it, choose a PIN or take a made-up one.
import { Button, makeStyles, Radio, RadioGroup, tokens, typographyStyles } from '@fluentui/react-components';
import { PaymentWireless24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { api, asProblem, type CardActivated, type CardActivation, type RegistrationInvitation } from '../api';
import { ChoosePin } from '../cards/ChoosePin';
import { pinProblem, type TypedPin } from '../cards/pinRules';
import { ReadingPanel } from '../cards/ReadingPanel';
import { useReading } from '../cards/useReading';
import { ProblemBar } from '../shared/ProblemBar';
import { ErrorState, SkeletonLines } from '../shared/states';
import { expiryWords } from '../shared/time';
import { ChooseWorkstation } from './ChooseWorkstation';
import { Invited } from './Invited';
import { refusalFor } from './refusals';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '20px' },
  title: { ...typographyStyles.title3, margin: 0, outlineStyle: 'none' },
  lead: { ...typographyStyles.body1, margin: '8px 0 20px', color: tokens.colorNeutralForeground2 },
  steps: { ...typographyStyles.body1, margin: '20px 0', paddingLeft: '20px', color: tokens.colorNeutralForeground2 },
  button: { minHeight: '52px', width: '100%' },
  back: { alignSelf: 'flex-start' },
  expiry: { ...typographyStyles.caption1, margin: 0, color: tokens.colorNeutralForeground3 },
});

interface Props {
  token: string;
  invitation: RegistrationInvitation;
  onDone: (result: CardActivated) => void;
  onRefused: (code: string) => void;
  /** Tells the frame what the card shows, so that its heading gets the focus. */
  onStep: (step: 'invitation' | 'reader' | 'pin') => void;
}

/** A workstation as the person named it: its id where it was listed, else what they typed. */
export interface Place {
  workstation: string;
  name: string;
}

export function CardInvitation({ token, invitation, onDone, onRefused, onStep }: Props) {
  const styles = useStyles();
  const [place, setPlace] = useState<Place | null>(null);
  const nearby = useQuery({
    queryKey: ['registration', token, 'card'],
    queryFn: () => api.post('/registrations/card', { body: { token } }),
    gcTime: 0,
    // An agent that is started meanwhile shows up by itself.
    refetchInterval: place === null ? 4_000 : false,
  });
  const code = nearby.error ? asProblem(nearby.error).code : '';
  useEffect(() => {
    if (refusalFor(code)) onRefused(code);
  }, [code, onRefused]);
  const choose = (chosen: Place | null) => {
    setPlace(chosen);
    onStep(chosen ? 'reader' : 'invitation');
  };

  if (!nearby.data) {
    return nearby.error ? (
      <ErrorState error={nearby.error} level={1} onRetry={() => void nearby.refetch()} />
    ) : (
      <SkeletonLines lines={6} label="Readers nearby are looked for" />
    );
  }
  if (place) {
    return (
      <AtReader
        token={token}
        place={place}
        activation={nearby.data}
        onBack={() => choose(null)}
        onDone={onDone}
        onRefused={onRefused}
        onStep={onStep}
      />
    );
  }
  const { person, organisationName, expiresAt } = invitation;
  return (
    <>
      <Invited
        invitation={invitation}
        title="Activate your card"
        lead={`${organisationName} makes your contactless card a security key: you sign in with it instead of a password.`}
      />
      <ol className={styles.steps}>
        <li>Have your card at hand, at a computer with a card reader.</li>
        <li>Choose that computer below, and put the card on its reader.</li>
        {nearby.data.keepsPin ? (
          <li>It takes the place of your old card and keeps its PIN.</li>
        ) : nearby.data.withPin ? (
          <li>Choose a PIN for the card.</li>
        ) : null}
      </ol>
      <div className={styles.stack}>
        <ChooseWorkstation workstations={nearby.data.workstations} onChoose={choose} />
        <p className={styles.expiry}>
          Not {person.displayName}? Close this page and tell the sender. This link works {expiryWords(expiresAt)}, and only
          once.
        </p>
      </div>
    </>
  );
}

interface AtReaderProps {
  token: string;
  place: Place;
  activation: CardActivation;
  onBack: () => void;
  onDone: (result: CardActivated) => void;
  onRefused: (code: string) => void;
  onStep: Props['onStep'];
}

function AtReader({ token, place, activation, onBack, onDone, onRefused, onStep }: AtReaderProps) {
  const styles = useStyles();
  const state = useReading({
    place: place.workstation,
    begin: () => api.post('/registrations/card/readings', { body: { token, workstation: place.workstation } }),
    follow: (readingId, signal) => api.post('/registrations/card/follow', { body: { token, readingId }, signal }),
  });
  const { reading, error } = state;
  const seen = reading?.state === 'seen' ? reading : null;
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  // A card that takes over another one's PIN asks for none.
  const withPin = activation.withPin && !activation.keepsPin;

  useEffect(() => {
    const code = error ? asProblem(error).code : '';
    if (refusalFor(code)) onRefused(code);
  }, [error, onRefused]);

  const finish = async (pin?: string) => {
    if (busy || !seen) return;
    setBusy(true);
    setFailure(null);
    try {
      onDone(
        await api.post('/registrations/card/finish', {
          body: { token, readingId: seen.id, ...(pin !== undefined && { pin }) },
        }),
      );
    } catch (refused) {
      const problem = asProblem(refused);
      if (refusalFor(problem.code)) onRefused(problem.code);
      setFailure(problem);
      setBusy(false);
    }
  };
  // Without a PIN to choose the card works as soon as it was read.
  const finished = useRef<string | null>(null);
  useEffect(() => {
    if (!seen || withPin || finished.current === seen.id) return;
    finished.current = seen.id;
    void finish();
  });
  useEffect(() => {
    if (seen && withPin) onStep('pin');
    // Only what was seen matters.
  }, [seen?.id]);

  const again = () => {
    setFailure(null);
    state.again();
  };
  if (seen && withPin) {
    return (
      <PinStep
        number={seen.number}
        activation={activation}
        busy={busy}
        failure={failure}
        onPin={(pin) => void finish(pin)}
        onAgain={() => {
          onStep('reader');
          again();
        }}
      />
    );
  }
  return (
    <>
      <h1 className={styles.title} tabIndex={-1}>
        Put your card on the reader
      </h1>
      <p className={styles.lead}>Until it is read, cards that are put on this reader sign nobody in.</p>
      <div className={styles.stack}>
        {failure ? (
          <ProblemBar error={failure} />
        ) : (
          <ReadingPanel state={state} ask="Put your card on the reader" where={place.name} doing="It becomes your key…" />
        )}
        {failure ? (
          <Button className={styles.back} onClick={again}>
            Read the card again
          </Button>
        ) : seen ? null : (
          <Button className={styles.back} onClick={onBack}>
            Another computer
          </Button>
        )}
      </div>
    </>
  );
}

interface PinStepProps {
  number: string | null;
  activation: CardActivation;
  busy: boolean;
  failure: unknown;
  /** undefined: one is made up. */
  onPin: (pin: string | undefined) => void;
  onAgain: () => void;
}

function PinStep({ number, activation, busy, failure, onPin, onAgain }: PinStepProps) {
  const styles = useStyles();
  const policy = activation.rules;
  const [how, setHow] = useState<'chosen' | 'madeUp'>('chosen');
  const [typed, setTyped] = useState<TypedPin>({ pin: '', repeated: '' });
  const [tried, setTried] = useState(false);
  const problem = pinProblem(typed, policy);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (how === 'madeUp') onPin(undefined);
    else if (problem === null) onPin(typed.pin);
  };
  return (
    <form onSubmit={submit} noValidate>
      <h1 className={styles.title} tabIndex={-1}>
        Choose a PIN
      </h1>
      <p className={styles.lead}>
        Your card{number ? ` …${number}` : ''} was read. Its PIN is asked for whenever you sign in, so that a lost card is of
        no use to anybody. Nobody can look it up for you.
      </p>
      <div className={styles.stack}>
        <RadioGroup
          aria-label="Where the PIN comes from"
          value={how}
          onChange={(_, { value }) => {
            setTried(false);
            setHow(value === 'madeUp' ? 'madeUp' : 'chosen');
          }}
        >
          <Radio value="chosen" label="I choose one myself" />
          <Radio value="madeUp" label="Make one up and mail it to me" />
        </RadioGroup>
        {how === 'chosen' ? (
          <ChoosePin value={typed} policy={policy} problem={tried ? problem : null} onChange={setTyped} />
        ) : null}
        <ProblemBar error={failure} />
        <Button
          type="submit"
          appearance="primary"
          size="large"
          className={styles.button}
          icon={<PaymentWireless24Regular />}
          disabledFocusable={busy}
        >
          {busy ? 'Activating…' : 'Activate the card'}
        </Button>
        {failure ? (
          <Button className={styles.back} onClick={onAgain}>
            Read the card again
          </Button>
        ) : null}
      </div>
    </form>
  );
}
