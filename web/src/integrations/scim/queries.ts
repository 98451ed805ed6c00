// How the page of SCIM reads: its state and its log live, as the directory writes at any moment.
import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { api, Problem } from '../../api';

export const scimKey = ['integrations', 'scim'] as const;

export const scimQuery = queryOptions({
  queryKey: [...scimKey, 'state'],
  queryFn: ({ signal }) => api.get('/integrations/scim', { signal }),
  refetchInterval: 15_000,
});

export const scimTokensQuery = queryOptions({
  queryKey: [...scimKey, 'tokens'],
  queryFn: ({ signal }) => api.get('/integrations/scim/tokens', { signal }),
  select: ({ tokens }) => tokens,
  refetchInterval: 60_000,
});

/** Reads everything about SCIM anew, and the people and groups that an act may have handed over. */
export function useRefreshScim(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    for (const list of ['users', 'groups', 'activity']) void queries.invalidateQueries({ queryKey: [list] });
    await queries.invalidateQueries({ queryKey: scimKey });
  };
}

interface SettingsChange {
  paused?: boolean;
  grantRoles?: boolean;
  adoptByEmail?: boolean;
}

/** Changes one of the switches, against the version that is shown. */
export function useChangeScim(): (change: SettingsChange) => Promise<void> {
  const queries = useQueryClient();
  return async (change) => {
    const shown = queries.getQueryData(scimQuery.queryKey);
    try {
      const saved = await api.patch('/integrations/scim', { body: change, ifMatch: shown?.version });
      queries.setQueryData(scimQuery.queryKey, saved);
    } catch (error) {
      if (error instanceof Problem && error.status === 412) await queries.invalidateQueries({ queryKey: scimQuery.queryKey });
      throw error;
    }
  };
}
