// The rows of an import, planned or done: searched, filtered and paged by the URL, each with what
// changes from what to what, or why nothing does. People with a role are ticked one by one.
import { Checkbox, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowRight12Regular } from '@fluentui/react-icons';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { api, type Import, type ImportRow } from '../api';
import { DataList, type Column } from '../shared/DataList';
import { FilterBar, FilterMenu } from '../shared/FilterBar';
import { PersonLink } from '../shared/PersonLink';
import { EmptyState } from '../shared/states';
import { useToast } from '../shared/toast';
import { useListUrl } from '../shared/useListUrl';
import type { RowsSearch } from './filters';
import { importsKey, keepImport } from './queries';
import { ResultBadge, VerdictBadge } from './StateBadge';
import { fieldName, reasonWords, resultNames, results, valueWords, verdictNames, verdicts } from './words';

const useStyles = makeStyles({
  name: { display: 'flex', flexDirection: 'column', minWidth: '10rem', overflowWrap: 'anywhere' },
  strong: { fontWeight: tokens.fontWeightSemibold },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  number: { fontVariantNumeric: 'tabular-nums', color: tokens.colorNeutralForeground3 },
  says: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: '4px', minWidth: '14rem', '@media (max-width: 700px)': { minWidth: 0 } },
  changes: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '2px' },
  change: { overflowWrap: 'anywhere' },
  field: { color: tokens.colorNeutralForeground3 },
  old: { color: tokens.colorNeutralForeground3 },
  arrow: { margin: '0 2px', verticalAlign: 'middle' },
});

function Who({ row }: { row: ImportRow }) {
  const styles = useStyles();
  return (
    <span className={styles.name}>
      {row.userId ? (
        <PersonLink plain id={row.userId} displayName={row.label} />
      ) : (
        <span className={styles.strong}>{row.label || 'No name'}</span>
      )}
      {row.email && row.email !== row.label ? <span className={styles.faint}>{row.email}</span> : null}
    </span>
  );
}

function Says({ row, tick }: { row: ImportRow; tick: ReactNode }) {
  const styles = useStyles();
  const isNew = row.verdict === 'create';
  const why = row.message ?? (row.reason ? reasonWords(row.reason) : null);
  return (
    <span className={styles.says}>
      {why ? (
        <span>
          {row.field ? <span className={styles.field}>{fieldName(row.field)}: </span> : null}
          {why}
        </span>
      ) : null}
      {row.changes.length > 0 ? (
        <ul className={styles.changes}>
          {row.changes.map((change) => (
            <li key={change.field} className={styles.change}>
              <span className={styles.field}>{fieldName(change.field)}: </span>
              {isNew ? null : (
                <>
                  <span className={styles.old}>{valueWords(change.old)}</span>{' '}
                  <ArrowRight12Regular className={styles.arrow} aria-label="becomes" />{' '}
                </>
              )}
              {valueWords(change.new)}
            </li>
          ))}
        </ul>
      ) : null}
      {tick}
      {row.undo === 'reverted' ? <span className={styles.faint}>Undone.</span> : null}
      {row.undo === 'left' ? <span className={styles.faint}>Left as it is by the undoing.</span> : null}
      {!why && row.changes.length === 0 && row.undo === null ? <span className={styles.faint}>Nothing changes.</span> : null}
    </span>
  );
}

interface Props {
  run: Import;
  search: RowsSearch;
  /** True where ticks can be given: the plan is not confirmed yet, and the person may. */
  mayTick: boolean;
}

export function RowsTable({ run, search, mayTick }: Props) {
  const styles = useStyles();
  const url = useListUrl<RowsSearch>(search);
  const queries = useQueryClient();
  const toast = useToast();
  const done = run.outcome !== null;
  const query = { verdict: search.verdict, result: search.result, q: search.q, cursor: search.cursor };
  const list = useQuery({
    // The plan is another one with each version.
    queryKey: [...importsKey, run.id, 'rows', run.version, query],
    queryFn: ({ signal }) => api.get('/imports/{id}/rows', { path: { id: run.id }, query: { ...query, limit: 25 }, signal }),
    placeholderData: keepPreviousData,
  });
  const tick = useMutation({
    mutationFn: ({ row, ticked }: { row: ImportRow; ticked: boolean }) =>
      api.post('/imports/{id}/ticks', { path: { id: run.id }, body: { numbers: [row.number], ticked } }),
    onSuccess: (after) => {
      keepImport(queries, after);
      return queries.invalidateQueries({ queryKey: [...importsKey, run.id, 'rows'] });
    },
    onError: (error) => toast.failure(error),
  });
  const { mutate } = tick;
  // Shown as ticked at once; the server's word follows with the rows.
  const underWay = tick.isPending ? tick.variables : undefined;
  const columns = useMemo<Column<ImportRow>[]>(() => {
    const tickOf = (row: ImportRow) => {
      if (!row.holdsRole || done) return null;
      const ticked = underWay?.row.number === row.number ? underWay.ticked : row.ticked;
      return (
        <Checkbox
          checked={ticked}
          disabled={!mayTick}
          label={ticked ? 'Will be changed' : 'Change this person'}
          aria-label={`Change ${row.label}, who holds a role`}
          onChange={(_, { checked }) => mutate({ row, ticked: checked === true })}
        />
      );
    };
    const all: (Column<ImportRow> | null)[] = [
      run.source === 'csv'
        ? {
            key: 'number',
            header: 'Line',
            width: '72px',
            render: (row) => <span className={styles.number}>{row.number.toLocaleString('en')}</span>,
          }
        : null,
      { key: 'who', header: 'Person', primary: true, render: (row) => <Who row={row} /> },
      {
        key: 'verdict',
        header: done ? 'What became of it' : 'What will happen',
        card: 'corner',
        width: '132px',
        render: (row) => (row.result ? <ResultBadge result={row.result} /> : <VerdictBadge verdict={row.verdict} />),
      },
      { key: 'says', header: 'Details', render: (row) => <Says row={row} tick={tickOf(row)} /> },
    ];
    return all.filter((column) => column !== null);
  }, [run.source, done, mayTick, mutate, underWay, styles.number]);
  const filtered = Boolean(search.q ?? search.verdict ?? search.result);
  return (
    <>
      <FilterBar
        searchLabel="Search by name or e-mail"
        q={search.q}
        onSearch={(q) => url.set({ q })}
        filtered={filtered}
        onClear={() => url.set({ q: undefined, verdict: undefined, result: undefined })}
      >
        {done ? (
          <FilterMenu
            single
            label="Result"
            choices={results.map((value) => ({ value, name: resultNames[value] }))}
            value={search.result}
            onChange={(result) => url.set({ result })}
          />
        ) : (
          <FilterMenu
            single
            label="Plan"
            choices={verdicts.map((value) => ({ value, name: verdictNames[value] }))}
            value={search.verdict}
            onChange={(verdict) => url.set({ verdict })}
          />
        )}
      </FilterBar>
      <DataList
        label={done ? 'Rows of the report' : 'Rows of the plan'}
        columns={columns}
        items={list.data?.items}
        getKey={(row) => String(row.number)}
        error={list.error}
        onRetry={() => void list.refetch()}
        stale={list.isPlaceholderData}
        pages={url.pages(list.data?.nextCursor)}
        empty={
          filtered ? (
            <EmptyState illustration="search" title="No row matches" level={3}>
              Try another word, or take filters away.
            </EmptyState>
          ) : (
            <EmptyState illustration="people" title="There is nobody in it" level={3}>
              The source holds no people that this import looks at.
            </EmptyState>
          )
        }
      />
    </>
  );
}
