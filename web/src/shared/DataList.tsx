// Every list of the panel: a table on a desktop, cards on a phone, with its four faces
// (loading, empty, failed, many), sorting by column heads and paging by cursor.
import { Button, makeStyles, mergeClasses, Skeleton, SkeletonItem, tokens, typographyStyles } from '@fluentui/react-components';
import {
  ArrowSortDown16Regular,
  ArrowSortUp16Regular,
  ChevronDoubleLeft20Regular,
  ChevronLeft20Regular,
  ChevronRight20Regular,
} from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { ErrorState } from './states';
import type { Pages } from './useListUrl';
import { useNarrow } from './useNarrow';

export interface Column<T> {
  key: string;
  /** The column's head; also the label beside the value on a card. */
  header: string;
  render: (item: T) => ReactNode;
  /** The API's sort field, when the list can be sorted by this column. */
  sort?: string;
  /** The column that names the row: row header in the table, title of the card. Exactly one. */
  primary?: boolean;
  /** The head is for screen readers only (icons, row menus). */
  headerHidden?: boolean;
  /** 'corner' puts it into the card's upper right, 'never' leaves it out of cards. */
  card?: 'body' | 'corner' | 'never';
  /** A CSS width, e.g. '120px'. */
  width?: string;
}

interface Props<T> {
  /** What the list is, for screen readers: "Users". */
  label: string;
  columns: Column<T>[];
  /** undefined while loading. */
  items: T[] | undefined;
  getKey: (item: T) => string;
  error?: unknown;
  onRetry?: () => void;
  /** Shown instead of the list when there is nothing: an EmptyState. */
  empty: ReactNode;
  /** The present order, `field` or `-field`, and how to change it. */
  sort?: string;
  onSort?: (sort: string) => void;
  pages?: Pages;
  /** True while a further page or filter is on its way and the old rows are still shown. */
  stale?: boolean;
}

const useStyles = makeStyles({
  // The place of reference for what is only for screen readers, or a wide table would widen the page by it.
  scroller: { overflowX: 'auto', position: 'relative' },
  stale: { opacity: 0.6, transition: 'opacity 150ms 150ms' },
  table: { width: '100%', borderCollapse: 'collapse', fontSize: tokens.fontSizeBase300 },
  caption: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
  head: {
    padding: '0 16px',
    // In line with the titles of the cards around the list.
    ':first-child': { paddingLeft: '24px' },
    ':last-child': { paddingRight: '24px' },
    height: '44px',
    textAlign: 'left',
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground3,
    whiteSpace: 'nowrap',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  sortButton: {
    display: 'inline-flex',
    padding: 0,
    border: 'none',
    background: 'none',
    font: 'inherit',
    color: 'inherit',
    alignItems: 'center',
    gap: '4px',
    minHeight: '28px',
    cursor: 'pointer',
    borderRadius: tokens.borderRadiusSmall,
    ':hover': { color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '4px' },
  },
  sorted: { color: tokens.colorNeutralForeground1 },
  row: {
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    ':last-child': { borderBottom: 'none' },
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  cell: {
    padding: '10px 16px',
    ':first-child': { paddingLeft: '24px' },
    ':last-child': { paddingRight: '24px' },
    textAlign: 'left',
    verticalAlign: 'middle',
    fontWeight: tokens.fontWeightRegular,
  },
  cards: { listStyle: 'none', margin: 0, padding: 0 },
  card: {
    position: 'relative',
    padding: '16px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    ':last-child': { borderBottom: 'none' },
  },
  cardHead: { display: 'flex', justifyContent: 'space-between', alignItems: 'flex-start', gap: '12px' },
  cardTitle: { minWidth: 0, overflowWrap: 'anywhere' },
  cardCorner: { display: 'flex', alignItems: 'center', gap: '8px', flexShrink: 0 },
  pairs: {
    display: 'grid',
    gridTemplateColumns: 'minmax(88px, auto) minmax(0, 1fr)',
    gap: '6px 16px',
    margin: '12px 0 0',
    alignItems: 'center',
  },
  term: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3 },
  value: { margin: 0, minWidth: 0, overflowWrap: 'anywhere' },
  pager: {
    display: 'flex',
    justifyContent: 'flex-end',
    gap: '8px',
    padding: '12px 16px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
});

export function DataList<T>(props: Props<T>) {
  const { label, items, error, onRetry, empty, pages, stale } = props;
  const styles = useStyles();
  const narrow = useNarrow();
  if (error && !items) return <ErrorState error={error} onRetry={onRetry} />;
  if (items?.length === 0 && !pages?.first) return <>{empty}</>;
  return (
    <div className={mergeClasses(stale && styles.stale)} aria-busy={!items || stale}>
      {narrow ? <Cards {...props} /> : <Table {...props} />}
      {pages && (pages.next ?? pages.previous ?? pages.first) ? <Pager label={label} pages={pages} /> : null}
    </div>
  );
}

function nextSort(field: string, sort: string | undefined): string {
  return sort === field ? `-${field}` : field;
}

function Table<T>({ label, columns, items, getKey, sort, onSort }: Props<T>) {
  const styles = useStyles();
  return (
    <div className={styles.scroller}>
      <table className={styles.table}>
        <caption className={styles.caption}>{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => {
              const ascending = column.sort !== undefined && sort === column.sort;
              const descending = column.sort !== undefined && sort === `-${column.sort}`;
              return (
                <th
                  key={column.key}
                  scope="col"
                  className={styles.head}
                  style={column.width ? { width: column.width } : undefined}
                  aria-sort={ascending ? 'ascending' : descending ? 'descending' : undefined}
                >
                  {column.sort && onSort ? (
                    <button
                      type="button"
                      className={mergeClasses(styles.sortButton, (ascending || descending) && styles.sorted)}
                      onClick={() => onSort(nextSort(column.sort as string, sort))}
                    >
                      {column.header}
                      {ascending ? <ArrowSortUp16Regular aria-hidden /> : null}
                      {descending ? <ArrowSortDown16Regular aria-hidden /> : null}
                    </button>
                  ) : (
                    <span className={column.headerHidden ? styles.caption : undefined}>{column.header}</span>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {items
            ? items.map((item) => (
                <tr key={getKey(item)} className={styles.row}>
                  {columns.map((column) =>
                    column.primary ? (
                      <th key={column.key} scope="row" className={styles.cell}>
                        {column.render(item)}
                      </th>
                    ) : (
                      <td key={column.key} className={styles.cell}>
                        {column.render(item)}
                      </td>
                    ),
                  )}
                </tr>
              ))
            : Array.from({ length: 8 }, (_, row) => (
                <tr key={row} className={styles.row}>
                  {columns.map((column) => (
                    <td key={column.key} className={styles.cell}>
                      <Skeleton aria-label={`${label} are loading`}>
                        <SkeletonItem size={column.primary ? 32 : 16} />
                      </Skeleton>
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  );
}

function Cards<T>({ label, columns, items, getKey }: Props<T>) {
  const styles = useStyles();
  const primary = columns.find((column) => column.primary) ?? columns[0];
  const corner = columns.filter((column) => column !== primary && column.card === 'corner');
  const body = columns.filter((column) => column !== primary && (column.card ?? 'body') === 'body');
  if (!items) {
    return (
      <Skeleton aria-label={`${label} are loading`}>
        {Array.from({ length: 5 }, (_, card) => (
          <div key={card} className={styles.card}>
            <SkeletonItem size={64} />
          </div>
        ))}
      </Skeleton>
    );
  }
  return (
    <ul className={styles.cards} aria-label={label}>
      {items.map((item) => (
        <li key={getKey(item)} className={styles.card}>
          <div className={styles.cardHead}>
            <div className={styles.cardTitle}>{primary?.render(item)}</div>
            {corner.length > 0 ? (
              <div className={styles.cardCorner}>
                {corner.map((column) => (
                  <span key={column.key}>{column.render(item)}</span>
                ))}
              </div>
            ) : null}
          </div>
          {body.length > 0 ? (
            <dl className={styles.pairs}>
              {body.map((column) => (
                <CardPair key={column.key} header={column.header} value={column.render(item)} />
              ))}
            </dl>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function CardPair({ header, value }: { header: string; value: ReactNode }) {
  const styles = useStyles();
  return (
    <>
      <dt className={styles.term}>{header}</dt>
      <dd className={styles.value}>{value}</dd>
    </>
  );
}

/** First · Previous · Next. For lists that are no table, too. */
export function Pager({ label, pages }: { label: string; pages: Pages }) {
  const styles = useStyles();
  return (
    <nav className={styles.pager} aria-label={`Pages of ${label.toLowerCase()}`}>
      {pages.first && !pages.previous ? (
        <Button icon={<ChevronDoubleLeft20Regular />} onClick={pages.first}>
          First page
        </Button>
      ) : null}
      <Button icon={<ChevronLeft20Regular />} disabledFocusable={!pages.previous} onClick={pages.previous}>
        Previous
      </Button>
      <Button
        icon={<ChevronRight20Regular />}
        iconPosition="after"
        disabledFocusable={!pages.next}
        onClick={pages.next}
      >
        Next
      </Button>
    </nav>
  );
}
