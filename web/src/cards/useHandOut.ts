// Makes the card that is laid on a workstation's reader next the one that a key waits for.
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api, type CardBound, type Workstation } from '../api';
import { useReading, type Reading } from './useReading';

export interface HandOut {
  state: Reading;
  bound: CardBound | undefined;
  /** Why the card that was read could not be bound. */
  failure: unknown;
  busy: boolean;
  /** Reads a card again after a failure. */
  again: () => void;
}

/** `keyId` null waits for nothing. A card that is nobody's is bound as soon as it was read. */
export function useHandOut(keyId: string | null, workstation: Workstation | undefined, onBound: (bound: CardBound) => void): HandOut {
  const ready = workstation?.online && workstation.readers.length > 0;
  const bind = useMutation({
    mutationFn: (readingId: string) =>
      api.post('/keys/{id}/card/bind', { path: { id: keyId ?? '' }, body: { readingId } }),
    onSuccess: onBound,
  });
  // A card that is bound is waited for no more; its workstation may go.
  const isBound = bind.data !== undefined && bind.data.key.id === keyId;
  const state = useReading({
    place: keyId !== null && ready && !isBound ? `${keyId} ${workstation.id}` : null,
    begin: () =>
      api.post('/keys/{id}/card/readings', {
        path: { id: keyId ?? '' },
        body: { workstationId: workstation?.id ?? '' },
      }),
    follow: (readingId, signal) =>
      api.get('/keys/{id}/card/readings/{readingId}', { path: { id: keyId ?? '', readingId }, signal }),
  });
  const seen = state.reading?.state === 'seen' ? state.reading.id : null;
  const taken = useRef<string | null>(null);
  useEffect(() => {
    if (seen === null || taken.current === seen) return;
    taken.current = seen;
    bind.mutate(seen);
  }, [seen, bind]);
  return {
    state,
    bound: isBound ? bind.data : undefined,
    failure: bind.error,
    busy: bind.isPending,
    again: () => {
      bind.reset();
      state.again();
    },
  };
}
