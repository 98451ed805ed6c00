// User Groups: who belongs together, where the group comes from, and the role it gives.
import { makeStyles, tokens } from '@fluentui/react-components';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { api, type Group } from '../api';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { DataList, type Column } from '../shared/DataList';
import { FilterBar, FilterMenu } from '../shared/FilterBar';
import { TextLink } from '../shared/links';
import { ManagedBadge } from '../shared/ManagedBadge';
import { groupTypeNames } from '../shared/names';
import { PageHeader } from '../shared/PageHeader';
import { EmptyState } from '../shared/states';
import { useListUrl } from '../shared/useListUrl';
import { types, type GroupsSearch } from './filters';
import { NewGroup } from './NewGroup';
import { RoleBadge } from './RoleBadge';

const route = getRouteApi('/shell/groups');

const useStyles = makeStyles({
  name: { display: 'flex', flexDirection: 'column', overflowWrap: 'anywhere', maxWidth: '44ch' },
  strong: { fontWeight: tokens.fontWeightSemibold },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
});

function Name({ group }: { group: Group }) {
  const styles = useStyles();
  return (
    <span className={styles.name}>
      <TextLink to="/groups/$id" params={{ id: group.id }} className={styles.strong}>
        {group.name}
      </TextLink>
      {group.description ? <span className={styles.faint}>{group.description}</span> : null}
    </span>
  );
}

const columns: Column<Group>[] = [
  { key: 'name', header: 'Name', sort: 'name', primary: true, render: (group) => <Name group={group} /> },
  { key: 'type', header: 'Type', render: (group) => (group.type === 'scim' ? <ManagedBadge /> : groupTypeNames[group.type]) },
  { key: 'role', header: 'Role', render: (group) => <RoleBadge role={group.role} /> },
  { key: 'members', header: 'Members', render: (group) => group.memberCount.toLocaleString('en') },
  { key: 'keys', header: 'Keys', render: (group) => group.keyCount.toLocaleString('en') },
];

export function GroupsPage() {
  const search = route.useSearch();
  const url = useListUrl<GroupsSearch>(search);
  const mayWrite = useCan('groupsWrite');
  const list = useQuery({
    queryKey: ['groups', 'list', search],
    queryFn: ({ signal }) => api.get('/groups', { query: { sort: 'name', ...search }, signal }),
    placeholderData: keepPreviousData,
  });
  const filtered = Boolean(search.q ?? search.type);
  return (
    <>
      <PageHeader
        title="User Groups"
        description="Groups gather people. A group can give its members a role, and with it their rights in this panel."
        actions={mayWrite ? <NewGroup /> : null}
      />
      <Card flush>
        <FilterBar
          searchLabel="Search by name"
          q={search.q}
          onSearch={(q) => url.set({ q })}
          filtered={filtered}
          onClear={() => url.set({ q: undefined, type: undefined })}
        >
          <FilterMenu
            label="Type"
            choices={types.map((value) => ({ value, name: groupTypeNames[value] }))}
            value={search.type}
            single
            onChange={(type) => url.set({ type })}
          />
        </FilterBar>
        <DataList
          label="User groups"
          columns={columns}
          items={list.data?.items}
          getKey={(group) => group.id}
          error={list.error}
          onRetry={() => void list.refetch()}
          stale={list.isPlaceholderData}
          sort={search.sort ?? 'name'}
          onSort={(sort) => url.set({ sort: sort as GroupsSearch['sort'] })}
          pages={url.pages(list.data?.nextCursor)}
          empty={
            filtered ? (
              <EmptyState illustration="search" title="No group matches">
                Try another word, or take filters away.
              </EmptyState>
            ) : (
              <EmptyState illustration="groups" title="No groups yet">
                Make a group to keep people together, or to give them a role.
              </EmptyState>
            )
          }
        />
      </Card>
    </>
  );
}
