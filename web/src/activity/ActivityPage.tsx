// Activity: who did what to whom, when and from where; filtered by the URL, and to take along.
import {
  Button,
  Field,
  Input,
  Menu,
  MenuItemLink,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Select,
  makeStyles,
} from '@fluentui/react-components';
import { ArrowDownload20Regular } from '@fluentui/react-icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { api } from '../api';
import { Card } from '../shared/Card';
import { FilterBar } from '../shared/FilterBar';
import { PageHeader } from '../shared/PageHeader';
import { PersonFilter } from '../shared/PersonFilter';
import { EmptyState } from '../shared/states';
import { useListUrl } from '../shared/useListUrl';
import { ActivityTable } from './ActivityTable';
import { activityQuery, exportAddress, isFiltered, type ActivitySearch } from './filters';
import { actionName } from './sentences';

const route = getRouteApi('/shell/activity');

const useStyles = makeStyles({
  filter: {
    flex: '0 1 11rem',
    minWidth: '8.5rem',
    '& select': { minWidth: 0, width: '100%' },
    '& > span': { minWidth: 0, width: '100%' },
    '@media (max-width: 700px)': { flex: '1 1 8.5rem' },
  },
});

export function ActivityPage() {
  const styles = useStyles();
  const search = route.useSearch();
  const url = useListUrl<ActivitySearch>(search);
  const list = useQuery({
    queryKey: ['activity', 'list', search],
    queryFn: ({ signal }) => api.get('/activity', { query: { ...activityQuery(search), cursor: search.cursor }, signal }),
    placeholderData: keepPreviousData,
  });
  const actions = useQuery({
    queryKey: ['activity', 'actions'],
    queryFn: ({ signal }) => api.get('/activity/actions', { signal }),
    staleTime: Infinity,
  });
  const filtered = isFiltered(search);
  const known = actions.data ?? [];
  const choices = search.action && !known.includes(search.action) ? [...known, search.action] : known;

  return (
    <>
      <PageHeader
        title="Activity"
        description="Every change and every sign-in. Records are only ever added, never changed."
        actions={
          <Menu positioning={{ position: 'below', align: 'end' }}>
            <MenuTrigger disableButtonEnhancement>
              <Button icon={<ArrowDownload20Regular />}>Export</Button>
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItemLink href={exportAddress(search, 'csv')} download>
                  CSV, for spreadsheets
                </MenuItemLink>
                <MenuItemLink href={exportAddress(search, 'jsonl')} download>
                  JSON lines, for programs
                </MenuItemLink>
              </MenuList>
            </MenuPopover>
          </Menu>
        }
      />
      <Card flush>
        <FilterBar
          searchLabel="Search the activity"
          q={search.q}
          onSearch={(q) => url.set({ q })}
          filtered={filtered}
          onClear={() =>
            url.set({ q: undefined, userId: undefined, actorId: undefined, action: undefined, from: undefined, to: undefined })
          }
        >
          <Field label="What" className={styles.filter}>
            <Select value={search.action ?? ''} onChange={(_, { value }) => url.set({ action: value || undefined })}>
              <option value="">Everything</option>
              {choices.map((action) => (
                <option key={action} value={action}>
                  {actionName(action)}
                </option>
              ))}
            </Select>
          </Field>
          <Field label="Done by" className={styles.filter}>
            <PersonFilter userId={search.actorId} onChange={(actorId) => url.set({ actorId })} />
          </Field>
          <Field label="Done to" className={styles.filter}>
            <PersonFilter userId={search.userId} onChange={(userId) => url.set({ userId })} />
          </Field>
          <Field label="From" className={styles.filter}>
            <Input
              type="date"
              value={search.from ?? ''}
              max={search.to}
              onChange={(_, { value }) => url.set({ from: value || undefined })}
            />
          </Field>
          <Field label="Until" className={styles.filter}>
            <Input
              type="date"
              value={search.to ?? ''}
              min={search.from}
              onChange={(_, { value }) => url.set({ to: value || undefined })}
            />
          </Field>
        </FilterBar>
        <ActivityTable
          entries={list.data?.items}
          error={list.error}
          onRetry={() => void list.refetch()}
          stale={list.isPlaceholderData}
          pages={url.pages(list.data?.nextCursor)}
          empty={
            filtered ? (
              <EmptyState illustration="search" title="Nothing matches">
                Try other days or another word, or take filters away.
              </EmptyState>
            ) : (
              <EmptyState illustration="activity" title="Nothing has happened yet">
                Each change and each sign-in will be listed here.
              </EmptyState>
            )
          }
        />
      </Card>
    </>
  );
}
