// A code for a phone, and what becomes of it. Its secrets stay in memory: they are for one screen.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, type CarryOver, type CarryOverProgress, type Problem } from '../api';

/** How long until the next look; false where nothing more will happen. */
export function lookAgain(progress: CarryOverProgress | undefined): number | false {
  if (!progress || progress.stage === 'waiting' || progress.stage === 'opened') return 2_000;
  return progress.stage === 'registered' && !progress.tried ? 4_000 : false;
}

export interface CarryOverState {
  shown: CarryOver | null;
  progress: CarryOverProgress | undefined;
  error: unknown;
  busy: boolean;
  /** Shows a code; a code shown before stops working. */
  show: () => void;
}

/** `ask` has the server make a code; with `auto` that happens at once. */
export function useCarryOver(ask: () => Promise<CarryOver>, auto = false): CarryOverState {
  const [shown, setShown] = useState<CarryOver | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const begun = useRef(false);

  const show = async () => {
    setBusy(true);
    setError(null);
    try {
      setShown(await ask());
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    if (!auto || begun.current) return;
    begun.current = true;
    void show();
    // Once, when the page opens.
  }, []);

  const { data: progress } = useQuery<CarryOverProgress, Problem>({
    queryKey: ['carry-over', shown?.follow],
    queryFn: ({ signal }) => api.post('/carry-overs/follow', { body: { follow: shown?.follow ?? '' }, signal }),
    enabled: shown !== null,
    gcTime: 0,
    // A look that fails is followed by the next.
    retry: false,
    refetchInterval: ({ state }) => (state.error?.status === 404 ? false : lookAgain(state.data)),
  });
  return { shown, progress, error, busy, show: () => void show() };
}
