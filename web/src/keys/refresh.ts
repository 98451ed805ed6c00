// A change of a key shows in many places: its list, its owner, the counts, the activity.
import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';

/** Makes everything that shows keys ask again. */
export function useRefreshKeys(): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    for (const list of ['keys', 'users', 'groups', 'dashboard', 'activity', 'me']) {
      void queries.invalidateQueries({ queryKey: [list] });
    }
  }, [queries]);
}
