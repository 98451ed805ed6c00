// The secret of a one-time link, which travels in the URL's fragment. It is taken out of the address
// bar (and so out of the history and of screenshots) once read, and kept for this tab only, so that
// a reload of the page still works.
import { useEffect, useState } from 'react';

function take(place: string, fromAddress: boolean): string | null {
  const fragment = fromAddress ? window.location.hash.slice(1) : '';
  if (fragment === '') {
    try {
      return sessionStorage.getItem(place);
    } catch {
      return null;
    }
  }
  try {
    sessionStorage.setItem(place, fragment);
  } catch {
    // Without storage the address stays as it is, or a reload would lose the link.
    return fragment;
  }
  window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  return fragment;
}

export interface LinkToken {
  /** The secret, or null without one. */
  token: string | null;
  /** Takes another in its place, as when a phone gets its own for a code. */
  keep: (token: string) => void;
  /** Forgets it for the next load: it is used up. What the page shows stays. */
  forget: () => void;
}

/** The secret of this page's link; with `fromAddress` false only what was kept is one. */
export function useLinkToken(page: 'setup' | 'register' | 'phone' | 'phone-held', fromAddress = true): LinkToken {
  const place = `keystead.${page}`;
  const [token, setToken] = useState(() => take(place, fromAddress));
  useEffect(() => {
    if (!fromAddress) return;
    // Another link opened in the same tab changes only the fragment; the page is not loaded anew.
    const follow = () => {
      if (window.location.hash.length > 1) setToken(take(place, true));
    };
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, [place, fromAddress]);
  return {
    token,
    keep: (kept) => {
      try {
        sessionStorage.setItem(place, kept);
      } catch {
        // Then a reload has to begin anew.
      }
      setToken(kept);
    },
    forget: () => {
      try {
        sessionStorage.removeItem(place);
      } catch {
        // Nothing was kept then.
      }
    },
  };
}
