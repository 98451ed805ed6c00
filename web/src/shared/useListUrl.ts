// Moves a list by its URL: filters and sorting replace the entry in the history (typing leaves no
// trail of half words), pages add one. The URL itself is read and checked by the route's validateSearch.
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback } from 'react';

interface Trail {
  /** The cursors of the pages before this one, '' for the first. Kept in the history entry. */
  trail?: string[];
}

export interface Pages {
  next: (() => void) | undefined;
  previous: (() => void) | undefined;
  first: (() => void) | undefined;
}

export interface ListUrl<Search> {
  /** Changes search parameters (undefined or '' removes one) and goes back to the first page. */
  set: (change: Partial<Search>) => void;
  /** The ways on from this page, given the list's nextCursor. */
  pages: (nextCursor: string | null | undefined) => Pages;
}

export function useListUrl<Search extends { cursor?: string }>(search: Search): ListUrl<Search> {
  const navigate = useNavigate();
  const trail = useRouterState({ select: (state) => (state.location.state as Trail).trail });
  const cursor = search.cursor;

  const go = useCallback(
    (change: object, replace: boolean, following?: string[]) =>
      void navigate({
        to: '.',
        search: ((current: object) => {
          const entries = Object.entries({ ...current, ...change });
          return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''));
        }) as never,
        state: { trail: following } as never,
        replace,
        resetScroll: false,
      }),
    [navigate],
  );

  return {
    set: useCallback((change) => go({ ...change, cursor: undefined }, true), [go]),
    pages: (nextCursor) => ({
      next: nextCursor ? () => go({ cursor: nextCursor }, false, [...(trail ?? []), cursor ?? '']) : undefined,
      previous:
        trail && trail.length > 0 ? () => go({ cursor: trail.at(-1) || undefined }, false, trail.slice(0, -1)) : undefined,
      first: cursor ? () => go({ cursor: undefined }, false) : undefined,
    }),
  };
}
