// What the page of SCIM keeps in the URL: its tab, and the list on it.
import { oneOf, text, tidy } from '../../shared/search';

export const scimTabs = ['setup', 'connection', 'tokens', 'log', 'conflicts'] as const;
export type ScimTab = (typeof scimTabs)[number];
export const outcomes = ['failed', 'ok'] as const;
export type Outcome = (typeof outcomes)[number];

export interface ScimSearch {
  tab?: ScimTab;
  q?: string;
  outcome?: Outcome;
  /** The request of the log that is open. */
  request?: string;
  cursor?: string;
}

export function parseScimSearch(search: Record<string, unknown>): ScimSearch {
  const tab = oneOf(search['tab'], scimTabs);
  const log = tab === 'log';
  return tidy({
    tab,
    q: log ? text(search['q']) : undefined,
    outcome: log ? oneOf(search['outcome'], outcomes) : undefined,
    request: log ? text(search['request']) : undefined,
    cursor: log || tab === 'conflicts' ? text(search['cursor']) : undefined,
  });
}
