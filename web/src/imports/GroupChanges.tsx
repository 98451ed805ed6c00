// The groups of Entra ID that an import takes over: what becomes of each, and who comes and who goes. Groups that
// grant a role say so, because a membership is the role.
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowRight12Regular } from '@fluentui/react-icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api, type Import, type ImportGroup } from '../api';
import { RoleBadge } from '../groups/RoleBadge';
import { Card } from '../shared/Card';
import { DataList, type Column } from '../shared/DataList';
import { TextLink } from '../shared/links';
import { PersonLink } from '../shared/PersonLink';
import { ProblemBar } from '../shared/ProblemBar';
import { SkeletonLines } from '../shared/states';
import { importsKey } from './queries';
import { groupChanges, groupWords } from './words';

const useStyles = makeStyles({
  name: { display: 'flex', flexDirection: 'column', minWidth: '10rem', overflowWrap: 'anywhere' },
  strong: { fontWeight: tokens.fontWeightSemibold },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  arrow: { margin: '0 2px', verticalAlign: 'middle' },
  people: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: '4px', minWidth: '12rem' },
  list: { margin: 0, paddingLeft: '20px', overflowWrap: 'anywhere' },
  more: { padding: '12px 24px' },
});

export function GroupChanges({ run }: { run: Import }) {
  const styles = useStyles();
  const list = useInfiniteQuery({
    queryKey: [...importsKey, run.id, 'groups', run.version],
    queryFn: ({ pageParam, signal }) =>
      api.get('/imports/{id}/groups', {
        path: { id: run.id },
        query: { changed: true, limit: 25, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const columns = useMemo<Column<ImportGroup>[]>(
    () => [
      { key: 'name', header: 'Group', primary: true, render: (group) => <Name group={group} /> },
      { key: 'role', header: 'Role', width: '150px', render: (group) => <RoleBadge role={group.role} /> },
      { key: 'what', header: 'What happens', render: (group) => groupWords(group, run) },
      { key: 'added', header: 'Come', render: (group) => <People run={run} group={group} change="added" /> },
      { key: 'removed', header: 'Go', render: (group) => <People run={run} group={group} change="removed" /> },
    ],
    [run],
  );
  const items = list.data?.pages.flatMap((page) => page.items);
  // What changes no group needs no card.
  if (items?.length === 0) return null;
  return (
    <Card flush title="Groups of Entra ID" description={groupChanges(run) ?? undefined}>
      <DataList
        label="Groups of Entra ID"
        columns={columns}
        items={items}
        getKey={(group) => group.objectId}
        error={list.error}
        onRetry={() => void list.refetch()}
        empty={null}
      />
      {list.hasNextPage ? (
        <div className={styles.more}>
          <Button disabledFocusable={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more groups
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

function Name({ group }: { group: ImportGroup }) {
  const styles = useStyles();
  return (
    <span className={styles.name}>
      {group.groupId ? (
        <TextLink to="/groups/$id" params={{ id: group.groupId }}>
          {group.name}
        </TextLink>
      ) : (
        <span className={styles.strong}>{group.name}</span>
      )}
      {group.oldName ? (
        <span className={styles.faint}>
          {group.oldName} <ArrowRight12Regular className={styles.arrow} aria-label="becomes" /> {group.name}
        </span>
      ) : null}
    </span>
  );
}

function People({ run, group, change }: { run: Import; group: ImportGroup; change: 'added' | 'removed' }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const count = group[change];
  const list = useInfiniteQuery({
    queryKey: [...importsKey, run.id, 'groups', run.version, group.objectId, change],
    queryFn: ({ pageParam, signal }) =>
      api.get('/imports/{id}/groups/{objectId}/members', {
        path: { id: run.id, objectId: group.objectId },
        query: { change, limit: 25, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    enabled: open,
  });
  if (count === 0) return <span className={styles.faint}>Nobody</span>;
  const people = list.data?.pages.flatMap((page) => page.items) ?? [];
  const words = change === 'added' ? `who come to ${group.name}` : `who go from ${group.name}`;
  return (
    <div className={styles.people}>
      <Button size="small" aria-expanded={open} aria-label={`${count.toLocaleString('en')}: show ${words}`} onClick={() => setOpen(!open)}>
        {count.toLocaleString('en')}
      </Button>
      {open ? (
        <>
          <ProblemBar error={list.error} />
          {list.isPending && !list.error ? <SkeletonLines lines={2} label={`People ${words} are loading`} /> : null}
          <ul className={styles.list}>
            {people.map((person, at) => (
              <li key={person.userId ?? at}>
                {person.userId ? <PersonLink plain id={person.userId} displayName={person.name} /> : person.name}
                {person.email && person.email !== person.name ? <span className={styles.faint}> {person.email}</span> : null}
              </li>
            ))}
          </ul>
          {list.hasNextPage ? (
            <Button size="small" appearance="subtle" disabledFocusable={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          ) : null}
        </>
      ) : null}
    </div>
  );
}
