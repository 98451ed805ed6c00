// Imports: past ones, those at work and those that wait, and the imports that run by themselves.
import { makeStyles } from '@fluentui/react-components';
import { ArrowImport20Regular } from '@fluentui/react-icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { api, type Import } from '../api';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { DataList, type Column } from '../shared/DataList';
import { FilterBar, FilterMenu } from '../shared/FilterBar';
import { ButtonLink, TextLink } from '../shared/links';
import { PageHeader } from '../shared/PageHeader';
import { PageTabs } from '../shared/PageTabs';
import { PersonLink } from '../shared/PersonLink';
import { EmptyState } from '../shared/states';
import { Time } from '../shared/Time';
import { useListUrl } from '../shared/useListUrl';
import { sources, states, type ImportsSearch } from './filters';
import { isRunning, phaseWords, progressView } from './progress';
import { importsKey } from './queries';
import { Schedules } from './Schedules';
import { ImportBadge } from './StateBadge';
import { outcomeWords, planWords, sourceNames, stateNames } from './words';

const route = getRouteApi('/shell/imports');

const useStyles = makeStyles({
  numbers: { display: 'block', minWidth: '11rem', fontVariantNumeric: 'tabular-nums', '@media (max-width: 700px)': { minWidth: 0 } },
  short: { whiteSpace: 'nowrap' },
});

export function ImportsPage() {
  const search = route.useSearch();
  const url = useListUrl<ImportsSearch>(search);
  const mayRun = useCan('importsRun');
  const maySchedule = useCan('settingsRead');
  const tab = maySchedule ? (search.tab ?? 'imports') : 'imports';
  return (
    <>
      <PageHeader
        title="Imports"
        description="People taken over from files and directories: what was planned, what was done, and what runs by itself."
        actions={mayRun ? <StartLink primary /> : null}
      />
      {maySchedule ? (
        <PageTabs
          label="Imports"
          tabs={[
            { value: 'imports', label: 'Imports' },
            { value: 'schedules', label: 'Schedules' },
          ]}
          value={tab}
          onChange={(value) =>
            url.set({ tab: value === 'imports' ? undefined : value, state: undefined, source: undefined })
          }
        >
          {tab === 'imports' ? <List search={search} mayRun={mayRun} /> : <Schedules />}
        </PageTabs>
      ) : (
        <List search={search} mayRun={mayRun} />
      )}
    </>
  );
}

function StartLink({ primary }: { primary?: boolean }) {
  return (
    <ButtonLink to="/users/import" appearance={primary ? 'primary' : undefined} icon={<ArrowImport20Regular />}>
      Import Users
    </ButtonLink>
  );
}

function List({ search, mayRun }: { search: ImportsSearch; mayRun: boolean }) {
  const url = useListUrl<ImportsSearch>(search);
  const query = { state: search.state, source: search.source, cursor: search.cursor };
  const list = useQuery({
    queryKey: [...importsKey, 'list', query],
    queryFn: ({ signal }) => api.get('/imports', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some((run) => isRunning(run.state)) ? 2_000 : 30_000),
  });
  const filtered = Boolean(search.state ?? search.source);
  return (
    <Card flush>
      <FilterBar filtered={filtered} onClear={() => url.set({ state: undefined, source: undefined })}>
        <FilterMenu
          single
          label="State"
          choices={states.map((value) => ({ value, name: stateNames[value] }))}
          value={search.state}
          onChange={(state) => url.set({ state })}
        />
        <FilterMenu
          single
          label="Source"
          choices={sources.map((value) => ({ value, name: sourceNames[value] }))}
          value={search.source}
          onChange={(source) => url.set({ source })}
        />
      </FilterBar>
      <DataList
        label="Imports"
        columns={columns}
        items={list.data?.items}
        getKey={(run) => run.id}
        error={list.error}
        onRetry={() => void list.refetch()}
        stale={list.isPlaceholderData}
        pages={url.pages(list.data?.nextCursor)}
        empty={
          filtered ? (
            <EmptyState illustration="search" title="No import matches">
              Take a filter away to see the others.
            </EmptyState>
          ) : (
            <EmptyState illustration="import" title="Nobody was imported yet" actions={mayRun ? <StartLink /> : null}>
              Take people over from a CSV file or from Microsoft Entra ID. You see exactly what will change before it does.
            </EmptyState>
          )
        }
      />
    </Card>
  );
}

const columns: Column<Import>[] = [
  {
    key: 'name',
    header: 'Import',
    primary: true,
    render: (run) => (
      <TextLink to="/imports/$id" params={{ id: run.id }}>
        <strong>{run.name}</strong>
      </TextLink>
    ),
  },
  { key: 'state', header: 'State', card: 'corner', render: (run) => <ImportBadge run={run} /> },
  { key: 'source', header: 'Source', render: (run) => <Source source={run.source} /> },
  { key: 'counts', header: 'What it did', render: (run) => <Did run={run} /> },
  {
    key: 'by',
    header: 'Started by',
    render: ({ startedBy: { id, name } }) => (id ? <PersonLink plain id={id} displayName={name} /> : name),
  },
  { key: 'when', header: 'Begun', render: (run) => <Time at={run.createdAt} /> },
];

function Source({ source }: Pick<Import, 'source'>) {
  const styles = useStyles();
  return <span className={styles.short}>{sourceNames[source]}</span>;
}

function Did({ run }: { run: Import }) {
  const styles = useStyles();
  if (isRunning(run.state)) {
    const { count, paused } = progressView(run.progress);
    return <span className={styles.numbers}>{paused ?? `${phaseWords(run)}: ${count}`}</span>;
  }
  if (run.outcome) return <span className={styles.numbers}>{outcomeWords(run.outcome)}</span>;
  if (run.state === 'ready' && run.plan) return <span className={styles.numbers}>{planWords(run.plan)}</span>;
  return run.state === 'draft' ? 'Nothing yet' : 'Nothing was changed';
}
