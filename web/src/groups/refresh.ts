// A change of a group or its members shows in many places.
import { useQueryClient } from '@tanstack/react-query';

/** Makes everything that shows groups and memberships ask again. */
export function useRefreshGroups(): () => void {
  const queries = useQueryClient();
  return () => {
    for (const list of ['groups', 'users', 'activity']) void queries.invalidateQueries({ queryKey: [list] });
  };
}
