// What the activity page keeps in the URL, and how the server is asked for it.

import { date, text, tidy } from '../shared/search';

export interface ActivitySearch {
  q?: string;
  userId?: string;
  actorId?: string;
  action?: string;
  /** First and last day, as the person looking counts days. */
  from?: string;
  to?: string;
  cursor?: string;
}

export function parseActivitySearch(search: Record<string, unknown>): ActivitySearch {
  return tidy({
    q: text(search['q']),
    userId: text(search['userId']),
    actorId: text(search['actorId']),
    action: text(search['action']),
    from: date(search['from']),
    to: date(search['to']),
    cursor: text(search['cursor']),
  });
}

export function isFiltered(search: ActivitySearch): boolean {
  const { cursor: _cursor, ...filters } = search;
  return Object.keys(filters).length > 0;
}

/** The filters as the server takes them: days become moments in the viewer's own time zone, the last day included. */
export function activityQuery(search: ActivitySearch): Omit<ActivitySearch, 'cursor'> {
  const { cursor: _cursor, from, to, ...rest } = search;
  return tidy({
    ...rest,
    from: from === undefined ? undefined : startOfDay(from, 0),
    to: to === undefined ? undefined : startOfDay(to, 1),
  });
}

function startOfDay(day: string, daysLater: number): string {
  const [year = 0, month = 1, dayOfMonth = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, dayOfMonth + daysLater).toISOString();
}

/** The address of a download with the same filters. */
export function exportAddress(search: ActivitySearch, format: 'csv' | 'jsonl'): string {
  const query = new URLSearchParams({ format, ...activityQuery(search) });
  return `/api/v1/activity/export?${query.toString()}`;
}
