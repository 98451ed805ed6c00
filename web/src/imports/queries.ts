// How pages read imports: one that runs is asked for again each second, and what it has changed is
// read anew everywhere once it rests.
import { queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api, type Import } from '../api';
import { isRunning } from './progress';

export const importsKey = ['imports'] as const;

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: [...importsKey, id],
    queryFn: ({ signal }) => api.get('/imports/{id}', { path: { id }, signal }),
    refetchInterval: ({ state }) => (state.data && isRunning(state.data.state) ? 1_000 : false),
  });

export const previewQuery = (id: string) =>
  queryOptions({
    queryKey: [...importsKey, id, 'preview'],
    queryFn: ({ signal }) => api.get('/imports/{id}/preview', { path: { id }, signal }),
    staleTime: Infinity,
  });

/** Takes over an import that an answer has brought, so that nobody shows the one before. */
export function keepImport(queries: QueryClient, run: Import): void {
  queries.setQueryData(importQuery(run.id).queryKey, run);
  void queries.invalidateQueries({ queryKey: [...importsKey, 'list'] });
}

/** One import, live while it runs. */
export function useImport(id: string | undefined) {
  const queries = useQueryClient();
  const query = useQuery({ ...importQuery(id ?? ''), enabled: id !== undefined });
  const state = query.data?.state;
  const before = useRef(state);
  useEffect(() => {
    const wasRunning = before.current !== undefined && isRunning(before.current);
    before.current = state;
    if (!wasRunning || state === undefined || isRunning(state)) return;
    for (const list of ['users', 'groups', 'keys', 'dashboard', 'activity', 'alerts']) {
      void queries.invalidateQueries({ queryKey: [list] });
    }
    void queries.invalidateQueries({ queryKey: [...importsKey, 'list'] });
  }, [queries, state]);
  return query;
}
