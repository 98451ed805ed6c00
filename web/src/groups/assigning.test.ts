import { afterEach, expect, test, vi } from 'vitest';
import { api, Problem, type UserItem } from '../api';
import { assignToMembers, needsKey, type Tally } from './assigning';

const person = (id: string, more: Partial<UserItem> = {}): UserItem =>
  ({ id, displayName: id, active: true, keys: [], ...more }) as UserItem;
const card = { id: 'k', kind: 'contactlessCard', name: 'Card', state: 'active' } as const;

afterEach(() => vi.restoreAllMocks());

/** A server with these members, a page each, where somebody called "Rank" can't be changed. */
function serve(pages: UserItem[][]): object[] {
  const assigned: object[] = [];
  vi.spyOn(api, 'get').mockImplementation((async (_: string, { query }: { query: { cursor?: string } }) => {
    const at = Number(query.cursor ?? 0);
    return { items: pages[at], nextCursor: at + 1 < pages.length ? String(at + 1) : null };
  }) as never);
  vi.spyOn(api, 'post').mockImplementation((async (_: string, { path, body }: { path: { id: string }; body: object }) => {
    if (path.id === 'Rank') throw new Problem({ code: 'forbidden', title: 'No', detail: 'Not yours to change.' }, 403);
    assigned.push(body);
  }) as never);
  return assigned;
}

test('who has a card, in whatever state it may work again, gets no second one', () => {
  expect(needsKey(person('a'), 'contactlessCard')).toBe(true);
  expect(needsKey(person('a', { keys: [card] }), 'contactlessCard')).toBe(false);
  expect(needsKey(person('a', { keys: [card] }), 'smartphone')).toBe(true);
  expect(needsKey(person('a', { active: false }), 'smartphone')).toBe(false);
});

test('every page of members is gone through, and who is refused is named', async () => {
  const assigned = serve([[person('Ann'), person('Bob', { keys: [card] })], [person('Rank'), person('Cem')]]);
  let last: Tally | undefined;
  await assignToMembers('g', { kind: 'contactlessCard', activation: 'now' }, (tally) => (last = tally), () => false);
  expect(last).toEqual({ assigned: 2, passed: 1, failed: [{ name: 'Rank', why: 'Not yours to change.' }] });
  expect(assigned).toEqual([
    { kind: 'contactlessCard', name: 'Card of Ann', activation: 'now' },
    { kind: 'contactlessCard', name: 'Card of Cem', activation: 'now' },
  ]);
});

test('it stops before the next person when asked to', async () => {
  const assigned = serve([[person('Ann'), person('Bob')]]);
  await assignToMembers('g', { kind: 'hardwareKey', activation: 'link' }, () => undefined, () => assigned.length > 0);
  expect(assigned).toEqual([{ kind: 'hardwareKey' }]);
});
