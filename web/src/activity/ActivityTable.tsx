// Activity records as a table, each with its details to unfold; cards on a phone.
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { ChevronDown20Regular, ChevronRight20Regular } from '@fluentui/react-icons';
import { useId, useMemo, useState, type ReactNode } from 'react';
import type { ActivityEntry } from '../api';
import { Facts } from '../shared/Card';
import { DataList, type Column } from '../shared/DataList';
import { Time } from '../shared/Time';
import type { Pages } from '../shared/useListUrl';
import { deviceWords } from '../shared/userAgent';
import { ActionIcon } from './ActionIcon';
import { Deed } from './Sentence';
import { actionName, actorName, detailLines, sentence } from './sentences';

const useStyles = makeStyles({
  what: { display: 'flex', alignItems: 'flex-start', gap: '12px', overflowWrap: 'anywhere' },
  words: { minWidth: 0, paddingTop: '6px' },
  who: { fontWeight: tokens.fontWeightSemibold },
  details: {
    marginTop: '12px',
    padding: '12px 16px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  faint: { color: tokens.colorNeutralForeground3 },
});

function What({ entry, open, detailsId }: { entry: ActivityEntry; open: boolean; detailsId: string }) {
  const styles = useStyles();
  return (
    <span>
      <span className={styles.what}>
        <ActionIcon action={entry.action} />
        <span className={styles.words}>
          <Deed entry={entry} />
        </span>
      </span>
      {open ? (
        <div id={detailsId} className={styles.details}>
          <Facts
            items={[
              ['Time', <Time key="at" at={entry.at} format="full" />],
              ['Action', `${actionName(entry.action)} (${entry.action})`],
              ['Done by', `${actorName(entry.actor)}${entry.actor.id ? ` (${entry.actor.id})` : ''}`],
              ['Person', entry.user ? `${entry.user.name} (${entry.user.id})` : null],
              ['Object', entry.target ? `${entry.target.name} (${[entry.target.type, entry.target.id].filter(Boolean).join(' ')})` : null],
              ['Address', entry.ip],
              ['Program', entry.userAgent ? deviceWords(entry.userAgent) : null],
              ...detailLines(entry.details).map(({ name, value }): [string, string] => [name, value]),
            ]}
          />
        </div>
      ) : null}
    </span>
  );
}

interface Props {
  entries: ActivityEntry[] | undefined;
  error?: unknown;
  onRetry?: () => void;
  stale?: boolean;
  pages?: Pages;
  empty: ReactNode;
}

export function ActivityTable({ entries, ...rest }: Props) {
  const styles = useStyles();
  const idBase = useId();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const columns = useMemo<Column<ActivityEntry>[]>(() => {
    const detailsId = (entry: ActivityEntry) => `${idBase}-${entry.id}`;
    const toggle = (id: string) =>
      setOpen((current) => {
        const next = new Set(current);
        if (!next.delete(id)) next.add(id);
        return next;
      });
    return [
      { key: 'when', header: 'Time', width: '140px', render: (entry) => <Time at={entry.at} /> },
      {
        key: 'who',
        header: 'Who',
        width: '200px',
        render: (entry) => <span className={styles.who}>{actorName(entry.actor)}</span>,
      },
      {
        key: 'what',
        header: 'What',
        primary: true,
        render: (entry) => <What entry={entry} open={open.has(entry.id)} detailsId={detailsId(entry)} />,
      },
      {
        key: 'where',
        header: 'From',
        width: '160px',
        render: (entry) => entry.ip ?? <span className={styles.faint}>This server</span>,
      },
      {
        key: 'details',
        header: 'Details',
        headerHidden: true,
        card: 'corner',
        width: '56px',
        render: (entry) => (
          <Button
            appearance="subtle"
            icon={open.has(entry.id) ? <ChevronDown20Regular /> : <ChevronRight20Regular />}
            aria-label={`Details: ${sentence(entry)}`}
            aria-expanded={open.has(entry.id)}
            aria-controls={open.has(entry.id) ? detailsId(entry) : undefined}
            onClick={() => toggle(entry.id)}
          />
        ),
      },
    ];
  }, [open, idBase, styles.faint, styles.who]);
  return <DataList label="Activity" columns={columns} items={entries} getKey={(entry) => entry.id} {...rest} />;
}
