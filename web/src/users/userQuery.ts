// One person as the panel reads them, and what has to be asked again when they change.
import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api, type User } from '../api';

export function userQuery(id: string) {
  return queryOptions({
    queryKey: ['users', id],
    queryFn: ({ signal }) => api.get('/users/{id}', { path: { id }, signal }),
  });
}

/** Takes over a changed person and makes everything that shows people ask again. */
export function useRefreshUsers(): (changed?: User) => void {
  const queries = useQueryClient();
  return useCallback(
    (changed) => {
      if (changed) queries.setQueryData(userQuery(changed.id).queryKey, changed);
      for (const list of ['users', 'groups', 'keys', 'dashboard', 'activity']) {
        void queries.invalidateQueries({ queryKey: [list] });
      }
    },
    [queries],
  );
}
