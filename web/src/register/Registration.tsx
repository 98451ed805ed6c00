// One registration from its link (or a phone's own token) to its end: the invitation that fits the
// kind of key and the device at hand, the good news, or why it is refused.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { api, asProblem, type CardActivated, type Registered } from '../api';
import { Bare } from '../app/Bare';
import { AtComputer } from '../phone/AtComputer';
import { PhoneDone } from '../phone/PhoneDone';
import { PhoneInvitation } from '../phone/PhoneInvitation';
import { isHandheld } from '../shared/handheld';
import { ErrorState, SkeletonLines } from '../shared/states';
import { usePageTitle } from '../shared/usePageTitle';
import { CardDone } from './CardDone';
import { CardInvitation } from './CardInvitation';
import { Done, KeyInvitation } from './KeyInvitation';
import { Refused } from './Refused';
import { refusalFor } from './refusals';

interface Props {
  token: string | null;
  forget: () => void;
  /** Whether a code brought the activation to this phone. */
  carried?: boolean;
}

export function Registration({ token, forget, carried = false }: Props) {
  const [registered, setRegistered] = useState<Registered | null>(null);
  const [activated, setActivated] = useState<CardActivated | null>(null);
  const [cardStep, setCardStep] = useState('invitation');
  const [refusedCode, setRefusedCode] = useState<string | null>(null);
  const [here, setHere] = useState(carried || isHandheld());
  const inspection = useQuery({
    queryKey: ['registration', token],
    queryFn: () => api.post('/registrations/inspect', { body: { token: token as string } }),
    enabled: token !== null,
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const invitation = inspection.data;
  const isPhone = (registered?.key ?? invitation?.key)?.kind === 'smartphone';
  const isCard = invitation?.key?.kind === 'contactlessCard';
  usePageTitle(isPhone ? 'Activate your phone' : isCard ? 'Activate your card' : 'Register your security key');

  const done = useCallback(
    (result: Registered) => {
      forget();
      setRegistered(result);
    },
    // `forget` only clears this tab's storage.
    [],
  );
  const cardDone = useCallback((result: CardActivated) => {
    forget();
    setActivated(result);
    // `forget` only clears this tab's storage.
  }, []);
  const problem = inspection.error ? asProblem(inspection.error) : null;
  const refusal = refusalFor(refusedCode ?? (token === null ? 'link_unknown' : (problem?.code ?? '')));

  if (registered) {
    return (
      <Bare step="done">
        {isPhone ? (
          <PhoneDone result={registered} on={here ? 'phone' : 'computer'} carried={carried} />
        ) : (
          <Done name={registered.key.name} model={registered.model} />
        )}
      </Bare>
    );
  }
  if (activated) {
    return (
      <Bare step="done">
        <CardDone result={activated} />
      </Bare>
    );
  }
  if (refusal) {
    return (
      <Bare step="refused">
        <Refused {...refusal} />
      </Bare>
    );
  }
  if (problem) {
    return (
      <Bare step="error">
        <ErrorState error={problem} level={1} onRetry={() => void inspection.refetch()} />
      </Bare>
    );
  }
  if (!invitation || token === null) {
    return (
      <Bare step="loading">
        <SkeletonLines lines={6} label="Your link is checked" />
      </Bare>
    );
  }
  if (isCard) {
    return (
      <Bare step={cardStep}>
        <CardInvitation token={token} invitation={invitation} onDone={cardDone} onRefused={setRefusedCode} onStep={setCardStep} />
      </Bare>
    );
  }
  const shared = { token, invitation, onDone: done, onRefused: setRefusedCode };
  // A phone's own token is for this tab only; the link can be taken to another browser.
  const address = carried ? `${window.location.origin}/phone` : `${window.location.origin}/register#${token}`;
  return (
    <Bare step={isPhone && !here ? 'computer' : 'invitation'}>
      {!isPhone ? (
        <KeyInvitation {...shared} />
      ) : here ? (
        <PhoneInvitation {...shared} address={address} />
      ) : (
        <AtComputer {...shared} onThisDevice={() => setHere(true)} />
      )}
    </Bare>
  );
}
