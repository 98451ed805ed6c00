// The secret of a one-time link, which travels in the URL's fragment. It is taken out of the address
// bar (and so out of the history and of screenshots) once read, and kept for this tab only, so that
// a reload of the page still works.
import { useEffect, useState } from 'react';

function take(place: string): string | null {
  const fragment = window.location.hash.slice(1);
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

/** The token of this page's link, or null without one; and how to forget it once it is used up. */
export function useLinkToken(page: 'setup' | 'register'): { token: string | null; forget: () => void } {
  const place = `keystead.${page}`;
  const [token, setToken] = useState(() => take(place));
  useEffect(() => {
    // Another link opened in the same tab changes only the fragment; the page is not loaded anew.
    const follow = () => {
      if (window.location.hash.length > 1) setToken(take(place));
    };
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, [place]);
  return {
    token,
    forget: () => {
      try {
        sessionStorage.removeItem(place);
      } catch {
        // Nothing was kept then.
      }
    },
  };
}
