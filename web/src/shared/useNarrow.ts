import { useSyncExternalStore } from 'react';

const media = matchMedia('(max-width: 700px)');
const subscribe = (changed: () => void) => {
  media.addEventListener('change', changed);
  return () => media.removeEventListener('change', changed);
};

/** Whether the window is as narrow as a phone: lists become cards, the navigation a drawer. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => media.matches);
}
