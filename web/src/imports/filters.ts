// What the pages of imports keep in the URL, and how the server is asked for it.
import type { ImportSource, ImportState } from '../api';
import { oneOf, text, tidy } from '../shared/search';
import { results, verdicts } from './words';

export const importTabs = ['imports', 'schedules'] as const;
export type ImportTab = (typeof importTabs)[number];

/** The states offered as filters, in the order of an import's life. */
export const states: readonly ImportState[] = [
  'draft', 'reading', 'planning', 'ready', 'applying', 'finished', 'failed', 'cancelled', 'undoing', 'undone',
];
export const sources: readonly ImportSource[] = ['csv', 'entra'];

export interface ImportsSearch {
  tab?: ImportTab;
  state?: ImportState;
  source?: ImportSource;
  cursor?: string;
}

export function parseImportsSearch(search: Record<string, unknown>): ImportsSearch {
  const tab = oneOf(search['tab'], importTabs);
  return tidy({
    tab: tab === 'imports' ? undefined : tab,
    state: oneOf(search['state'], states),
    source: oneOf(search['source'], sources),
    cursor: text(search['cursor']),
  });
}

/** The filters of the table of rows, which stands on the import's page and in the wizards. */
export interface RowsSearch {
  verdict?: (typeof verdicts)[number];
  result?: (typeof results)[number];
  q?: string;
  cursor?: string;
}

export function parseRowsSearch(search: Record<string, unknown>): RowsSearch {
  return tidy({
    verdict: oneOf(search['verdict'], verdicts),
    result: oneOf(search['result'], results),
    q: text(search['q']),
    cursor: text(search['cursor']),
  });
}

/** The way back from a row to the table it stands in is the browser's; this drops the table's filters. */
export const noRows: RowsSearch = { verdict: undefined, result: undefined, q: undefined, cursor: undefined };

export const csvSteps = ['file', 'columns', 'groups', 'review', 'confirm'] as const;
export type CsvStep = (typeof csvSteps)[number];
export const entraSteps = ['connection', 'groups', 'options', 'review', 'confirm'] as const;
export type EntraStep = (typeof entraSteps)[number];

/** What a wizard keeps in the URL: the import it works on, its step, and the filters of the plan. */
export interface WizardSearch<Step extends string> extends RowsSearch {
  import?: string;
  step?: Step;
}

export function parseWizardSearch<Step extends string>(
  steps: readonly Step[],
): (search: Record<string, unknown>) => WizardSearch<Step> {
  return (search) =>
    tidy({
      import: text(search['import']),
      step: oneOf(search['step'], steps),
      ...parseRowsSearch(search),
    }) as WizardSearch<Step>;
}
