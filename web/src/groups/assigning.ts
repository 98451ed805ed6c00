// Assigns a key to each member of a group who has none of its kind. One after the other, so that it can be followed
// and stopped; what was done stays done.
import { api, asProblem, type UserItem } from '../api';
import { proposedCardName, type Activation, type AssignableKind } from '../users/new/wizard';

export interface Wish {
  kind: AssignableKind;
  /** Only cards are handed out on the spot to many. */
  activation: Activation;
}

export interface Tally {
  /** Who got a key. */
  assigned: number;
  /** Who has a key of that kind already, or may not sign in. */
  passed: number;
  failed: { name: string; why: string }[];
}

export const nothing: Tally = { assigned: 0, passed: 0, failed: [] };

/** Whether somebody gets one: active, and without a key of that kind that works, waits or may work again. */
export function needsKey(user: Pick<UserItem, 'active' | 'keys'>, kind: AssignableKind): boolean {
  return user.active && !user.keys.some((key) => key.kind === kind);
}

/** `tell` hears of each person; true from `stopped` ends it before the next one. */
export async function assignToMembers(
  groupId: string,
  { kind, activation }: Wish,
  tell: (tally: Tally) => void,
  stopped: () => boolean,
): Promise<void> {
  let tally = nothing;
  let cursor: string | undefined;
  do {
    const page = await api.get('/groups/{id}/members', { path: { id: groupId }, query: { limit: 200, cursor } });
    for (const user of page.items) {
      if (stopped()) return;
      if (!needsKey(user, kind)) {
        tally = { ...tally, passed: tally.passed + 1 };
      } else {
        try {
          await api.post('/users/{id}/keys', {
            path: { id: user.id },
            body: {
              kind,
              ...(kind === 'contactlessCard' && { name: proposedCardName(user.displayName), activation }),
            },
            idempotencyKey: crypto.randomUUID(),
          });
          tally = { ...tally, assigned: tally.assigned + 1 };
        } catch (error) {
          const problem = asProblem(error);
          // Without a session or a server nobody else would get one either.
          if (problem.status === 0 || problem.status === 401 || problem.status >= 500) throw problem;
          tally = { ...tally, failed: [...tally.failed, { name: user.displayName, why: problem.detail }] };
        }
      }
      tell(tally);
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
