// The names of groups of which only the ids are known, in the same order. One that is still on its
// way, or was deleted, is said to be so.
import { useQueries } from '@tanstack/react-query';
import { api } from '../api';

export function useGroupNames(ids: readonly string[]): string[] {
  return useQueries({
    queries: ids.map((id) => ({
      queryKey: ['groups', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => api.get('/groups/{id}', { path: { id }, signal }),
    })),
    combine: (groups) => groups.map((group) => group.data?.name ?? (group.isError ? 'a deleted group' : '…')),
  });
}
