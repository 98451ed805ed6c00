// Security Keys: every key of everybody.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api } from '../api';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { DataList } from '../shared/DataList';
import { FilterBar, FilterMenu, SortMenu } from '../shared/FilterBar';
import { ButtonLink } from '../shared/links';
import { keyKindNames, keyStateNames } from '../shared/names';
import { PageHeader } from '../shared/PageHeader';
import { EmptyState } from '../shared/states';
import { useListUrl } from '../shared/useListUrl';
import { keyColumns } from './columns';
import { defaultSort, isFiltered, kinds, states, type KeysSearch } from './filters';
import { useRegistrationDialog } from './RegistrationDialog';

const route = getRouteApi('/shell/keys');

const sortChoices = [
  { value: '-createdAt', name: 'Newest first' },
  { value: 'createdAt', name: 'Oldest first' },
  { value: '-lastUsedAt', name: 'Used last' },
  { value: 'lastUsedAt', name: 'Not used for longest' },
  { value: 'name', name: 'Name' },
] as const;

export function KeysPage() {
  const search = route.useSearch();
  const url = useListUrl<KeysSearch>(search);
  const mayChange = useCan('keysWrite');
  const { show, dialog } = useRegistrationDialog();
  const columns = useMemo(
    () => keyColumns({ owner: true, onRegistration: mayChange ? show : undefined }),
    [mayChange, show],
  );
  const list = useQuery({
    queryKey: ['keys', 'list', search],
    queryFn: ({ signal }) => api.get('/keys', { query: { sort: defaultSort, ...search }, signal }),
    placeholderData: keepPreviousData,
  });
  const filtered = isFiltered(search);
  return (
    <>
      <PageHeader title="Security Keys" description="Every key of everybody, and whether it can be used to sign in." />
      <Card flush>
        <FilterBar
          searchLabel="Search by key or owner"
          q={search.q}
          onSearch={(q) => url.set({ q })}
          filtered={filtered}
          onClear={() => url.set({ q: undefined, kind: undefined, state: undefined })}
        >
          <SortMenu choices={sortChoices} value={search.sort ?? defaultSort} onChange={(sort) => url.set({ sort })} />
          <FilterMenu
            label="State"
            choices={states.map((value) => ({ value, name: keyStateNames[value] }))}
            value={search.state}
            onChange={(state) => url.set({ state })}
          />
          <FilterMenu
            label="Kind"
            choices={kinds.map((value) => ({ value, name: keyKindNames[value] }))}
            value={search.kind}
            onChange={(kind) => url.set({ kind })}
          />
        </FilterBar>
        <DataList
          label="Security keys"
          columns={columns}
          items={list.data?.items}
          getKey={(item) => item.id}
          error={list.error}
          onRetry={() => void list.refetch()}
          stale={list.isPlaceholderData}
          sort={search.sort ?? defaultSort}
          onSort={(sort) => url.set({ sort: sort as KeysSearch['sort'] })}
          pages={url.pages(list.data?.nextCursor)}
          empty={
            filtered ? (
              <EmptyState illustration="search" title="No key matches">
                Try another word, or take filters away.
              </EmptyState>
            ) : (
              <EmptyState
                illustration="keys"
                title="No keys yet"
                actions={mayChange ? <ButtonLink to="/users">Go to Users</ButtonLink> : null}
              >
                Keys are assigned to people: add a person with a key, or open somebody’s page and assign one there.
              </EmptyState>
            )
          }
        />
      </Card>
      {dialog}
    </>
  );
}
