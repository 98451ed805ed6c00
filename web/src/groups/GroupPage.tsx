// One group: what it is, and its members, searched and paged.
import { Button, makeStyles } from '@fluentui/react-components';
import { PersonAdd20Regular, PersonDelete20Regular } from '@fluentui/react-icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, type Group, type UserItem } from '../api';
import { Card, Facts } from '../shared/Card';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { DataList, type Column } from '../shared/DataList';
import { FilterBar } from '../shared/FilterBar';
import { TextLink } from '../shared/links';
import { ManagedBadge } from '../shared/ManagedBadge';
import { groupOwner } from '../shared/managed';
import { roleNames } from '../shared/names';
import { PageHeader } from '../shared/PageHeader';
import { EmptyState, ErrorState, SkeletonLines } from '../shared/states';
import { Time } from '../shared/Time';
import { useListUrl } from '../shared/useListUrl';
import { userColumns } from '../users/UsersPage';
import { AddMembers } from './AddMembers';
import type { GroupPageSearch } from './filters';
import { GroupActions, useGroupRights } from './GroupActions';
import { useRefreshGroups } from './refresh';
import { RoleBadge } from './RoleBadge';

const route = getRouteApi('/shell/groups/$id');

const useStyles = makeStyles({ root: { display: 'flex', flexDirection: 'column', gap: '24px' } });

export function GroupPage() {
  const styles = useStyles();
  const { id } = route.useParams();
  const group = useQuery({
    queryKey: ['groups', id],
    queryFn: ({ signal }) => api.get('/groups/{id}', { path: { id }, signal }),
  });
  const back = <TextLink to="/groups">User Groups</TextLink>;
  if (!group.data) {
    return (
      <>
        <PageHeader title="User group" above={back} />
        <Card>
          {group.error ? (
            <ErrorState error={group.error} onRetry={() => void group.refetch()} />
          ) : (
            <SkeletonLines label="The group is loading" />
          )}
        </Card>
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={group.data.name}
        above={back}
        description={group.data.description}
        beside={group.data.type === 'scim' ? <ManagedBadge /> : null}
        actions={<GroupActions group={group.data} />}
      />
      <div className={styles.root}>
        <Card>
          <Facts
            items={[
              ['Type', groupOwner(group.data)],
              ['Role', <RoleBadge key="role" role={group.data.role} />],
              ['Members', group.data.memberCount.toLocaleString('en')],
              ['Keys of its members', group.data.keyCount.toLocaleString('en')],
              ['Created', <Time key="created" at={group.data.createdAt} format="day" />],
            ]}
          />
        </Card>
        <Members group={group.data} />
      </div>
    </>
  );
}

function Members({ group }: { group: Group }) {
  const search = route.useSearch();
  const url = useListUrl<GroupPageSearch>(search);
  const mayChange = useGroupRights(group).members;
  const [leaving, setLeaving] = useState<UserItem | null>(null);
  const [adding, setAdding] = useState(false);
  const list = useQuery({
    queryKey: ['groups', group.id, 'members', search],
    queryFn: ({ signal }) =>
      api.get('/groups/{id}/members', { path: { id: group.id }, query: { sort: 'displayName', ...search }, signal }),
    placeholderData: keepPreviousData,
  });
  const columns = useMemo<Column<UserItem>[]>(() => {
    const shown = userColumns.filter((column) => column.key !== 'groups').map(({ sort: _sort, ...column }) => column);
    if (!mayChange) return shown;
    return [
      ...shown,
      {
        key: 'remove',
        header: 'Remove',
        headerHidden: true,
        card: 'corner',
        width: '56px',
        render: (user) => (
          <Button
            appearance="subtle"
            icon={<PersonDelete20Regular />}
            aria-label={`Remove ${user.displayName} from the group`}
            onClick={() => setLeaving(user)}
          />
        ),
      },
    ];
  }, [mayChange]);
  const refresh = useRefreshGroups();
  const addButton = mayChange ? (
    <Button icon={<PersonAdd20Regular />} onClick={() => setAdding(true)}>
      Add people
    </Button>
  ) : null;

  return (
    <Card flush title="Members" actions={addButton}>
      <FilterBar
        searchLabel="Search members"
        q={search.q}
        onSearch={(q) => url.set({ q })}
        filtered={search.q !== undefined}
        onClear={() => url.set({ q: undefined })}
      />
      <DataList
        label="Members"
        columns={columns}
        items={list.data?.items}
        getKey={(user) => user.id}
        error={list.error}
        onRetry={() => void list.refetch()}
        stale={list.isPlaceholderData}
        pages={url.pages(list.data?.nextCursor)}
        empty={
          search.q ? (
            <EmptyState illustration="search" title="No member matches">
              Try another word.
            </EmptyState>
          ) : (
            <EmptyState illustration="people" title="No members yet" actions={addButton}>
              {mayChange
                ? 'Search for people and add them.'
                : group.type === 'scim'
                  ? 'Your directory has not put anybody into it.'
                  : 'Nobody belongs to this group.'}
            </EmptyState>
          )
        }
      />
      <AddMembers group={group} open={adding} onClose={() => setAdding(false)} />
      <ConfirmDialog
        open={leaving !== null}
        title={`Remove ${leaving?.displayName ?? ''} from ${group.name}?`}
        confirmLabel="Remove"
        danger
        onConfirm={async () => {
          if (!leaving) return;
          await api.post('/groups/{id}/members', { path: { id: group.id }, body: { remove: [leaving.id] } });
          refresh();
        }}
        onClose={() => setLeaving(null)}
      >
        {group.role
          ? `${leaving?.displayName ?? ''} loses the role ${roleNames[group.role]}, unless another group gives it to them.`
          : 'Their account and keys stay as they are.'}
      </ConfirmDialog>
    </Card>
  );
}
