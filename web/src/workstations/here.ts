// Which workstation stands before this browser. It is chosen once and remembered in this browser; until
// then the only one that is connected from the browser's own address is taken for it.
import { useSyncExternalStore } from 'react';
import type { Workstation } from '../api';

const place = 'keystead.workstation';
const listeners = new Set<() => void>();
// What was chosen while the browser keeps nothing (private windows, storage switched off).
let unstored: string | null = null;

function remembered(): string | null {
  try {
    return localStorage.getItem(place) ?? unstored;
  } catch {
    return unstored;
  }
}

/** Remembers the workstation before this browser; null forgets it. */
export function rememberWorkstation(id: string | null): void {
  unstored = id;
  try {
    if (id === null) localStorage.removeItem(place);
    else localStorage.setItem(place, id);
  } catch {
    // Then it is remembered until the page is loaded anew.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // Chosen in another tab.
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** The id that was chosen in this browser, or null. */
export function useRememberedWorkstation(): string | null {
  return useSyncExternalStore(subscribe, remembered);
}

/** The workstation before this browser: the one that was chosen, else the only one connected from its address. */
export function workstationHere(all: readonly Workstation[], chosen: string | null): Workstation | undefined {
  const known = all.find((workstation) => workstation.id === chosen);
  if (known) return known;
  const nearby = all.filter((workstation) => workstation.sameAddress);
  return nearby.length === 1 ? nearby[0] : undefined;
}
