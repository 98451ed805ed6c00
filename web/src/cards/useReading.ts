// A wait for a card at a workstation, and what becomes of it. While it lasts, cards at that workstation sign
// nobody in; so it ends by itself when nobody lays one on.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { Problem, type CardReading } from '../api';

/** How long until the next look, in milliseconds; false where nothing more will happen. */
export function lookAgain(reading: CardReading | undefined): number | false {
  if (reading?.state === 'seen' || reading?.state === 'done') return false;
  return 700;
}

/** How long a wait that saw no card is taken to be alive: a little less than the server gives it. */
const patience = 115_000;

export interface Reading {
  /** What is known of the card; undefined before the wait has begun. */
  reading: CardReading | undefined;
  /** Why nothing is waited for any more: nobody came, or somebody else waits at that workstation now. */
  over: 'expired' | 'replaced' | null;
  error: unknown;
  /** Waits anew, at the same workstation. */
  again: () => void;
}

interface Options {
  /** Where to wait, and for which key; null waits for nothing. Another value begins anew. */
  place: string | null;
  begin: () => Promise<CardReading>;
  follow: (id: string, signal: AbortSignal) => Promise<CardReading>;
}

export function useReading({ place, begin, follow }: Options): Reading {
  const [round, setRound] = useState(0);
  const [begun, setBegun] = useState<{ reading: CardReading; at: string } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [expired, setExpired] = useState(false);
  const at = place === null ? null : `${place} ${round}`;

  useEffect(() => {
    if (at === null) return;
    let wanted = true;
    setError(null);
    setExpired(false);
    begin().then(
      (reading) => wanted && setBegun({ reading, at }),
      (failure: unknown) => wanted && setError(failure),
    );
    return () => {
      wanted = false;
    };
    // `begin` is made anew at each rendering; the place says when there is something to begin.
  }, [at]);

  const current = begun !== null && begun.at === at ? begun.reading : undefined;
  const { data, error: lost } = useQuery<CardReading, Problem>({
    queryKey: ['reading', current?.id],
    queryFn: ({ signal }) => follow(current?.id ?? '', signal),
    enabled: current !== undefined && !expired,
    initialData: current,
    gcTime: 0,
    // A look that fails is followed by the next.
    retry: false,
    refetchInterval: ({ state }) => (isGone(state.error) ? false : lookAgain(state.data)),
    refetchIntervalInBackground: true,
  });
  const reading = current ? (data ?? current) : undefined;
  const settled = reading === undefined || lookAgain(reading) === false;
  const stage = reading?.state;
  useEffect(() => {
    if (settled) return;
    // Each card that was laid on gives the wait its time anew.
    const timer = setTimeout(() => setExpired(true), patience);
    return () => clearTimeout(timer);
  }, [settled, stage, current?.id]);

  const again = useCallback(() => setRound((count) => count + 1), []);
  return {
    reading,
    over: isGone(lost) ? 'replaced' : expired ? 'expired' : null,
    error: error ?? (reading && lost && !isGone(lost) ? lost : null),
    again,
  };
}

function isGone(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}
