// Who is signed in and what they may do.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, Problem, type Instance, type Permission, type Role, type Session } from '../api';

/** null: nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await api.get('/session', { signal, signedOutIsFine: true });
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const instanceQuery = queryOptions({
  queryKey: ['instance'],
  queryFn: ({ signal }): Promise<Instance> => api.get('/instance', { signal }),
  staleTime: 60_000,
});

/** The session of a page inside the shell, where somebody is always signed in. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (!data) throw new Error('useSession outside of the shell');
  return data;
}

export function useCan(permission: Permission): boolean {
  return useSession().permissions.includes(permission);
}

const rank: Record<Role, number> = { member: 0, auditor: 1, helpDesk: 2, administrator: 3, owner: 4 };

/**
 * Whether the signed-in person may change somebody of `role`: nobody changes a person whose role
 * equals or outranks theirs, except administrators among themselves and owners among themselves.
 * The server holds the same rule; this one only decides which buttons are shown.
 */
export function mayChange(mine: Role, theirs: Role): boolean {
  if (theirs === 'member') return rank[mine] >= rank.helpDesk;
  if (rank[mine] > rank[theirs]) return rank[mine] >= rank.administrator;
  return mine === theirs && (mine === 'administrator' || mine === 'owner');
}

export function useMayChange(): (theirs: Role) => boolean {
  const { role } = useSession();
  return (theirs) => mayChange(role, theirs);
}

/** Takes over a new session (after sign-in, set-up or a fresh touch). */
export function useAdoptSession(): (session: Session) => void {
  const client = useQueryClient();
  return (session) => client.setQueryData(sessionQuery.queryKey, session);
}
