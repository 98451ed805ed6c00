// Users: everybody the desk knows, searched, filtered and paged by the URL.
import { Tag, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowImport20Regular, PersonAdd20Regular } from '@fluentui/react-icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { api, type UserItem } from '../api';
import { useCan } from '../app/session';
import { GroupFilter } from '../groups/GroupFilter';
import { Card } from '../shared/Card';
import { DataList, type Column } from '../shared/DataList';
import { FilterBar, FilterMenu, SortMenu } from '../shared/FilterBar';
import { KeyIcon } from '../shared/KeyIcon';
import { ButtonLink } from '../shared/links';
import { ManagedBadge } from '../shared/ManagedBadge';
import { isDirectoryId } from '../shared/managed';
import { keyKindNames, originNames, statusNames } from '../shared/names';
import { PageHeader } from '../shared/PageHeader';
import { PersonLink } from '../shared/PersonLink';
import { EmptyState } from '../shared/states';
import { StatusBadge } from '../shared/StatusBadge';
import { Time } from '../shared/Time';
import { useListUrl } from '../shared/useListUrl';
import { defaultSort, filtersOf, isFiltered, origins, statuses, type UsersSearch } from './filters';

const route = getRouteApi('/shell/users');

const useStyles = makeStyles({
  tags: { display: 'flex', flexWrap: 'wrap', gap: '4px', alignItems: 'center' },
  group: { maxWidth: '9rem', overflow: 'hidden', textOverflow: 'ellipsis' },
  more: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  keys: { display: 'flex', flexWrap: 'wrap', minWidth: '72px', gap: '8px', listStyle: 'none', margin: 0, padding: 0 },
  name: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    minWidth: '12rem',
    maxWidth: '22rem',
    '@media (max-width: 700px)': { flexWrap: 'wrap' },
  },
  // On a phone below the name, in line with it.
  managed: { flexShrink: 0, marginLeft: 'auto', '@media (max-width: 700px)': { marginLeft: '42px' } },
  same: { color: tokens.colorNeutralForeground3 },
  when: { display: 'block', minWidth: '5.5rem' },
  // User names may be long; the whole one is on hover, on the person's page, and on a phone.
  address: {
    display: 'block',
    maxWidth: '12rem',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    '@media (min-width: 1600px)': { maxWidth: '18rem' },
    '@media (max-width: 700px)': { maxWidth: 'none', whiteSpace: 'normal' },
  },
});

/** As many group names as fit a row; the number of the others follows. */
const groupsShown = 1;

function Name({ user }: { user: UserItem }) {
  const styles = useStyles();
  return (
    <span className={styles.name}>
      <PersonLink id={user.id} displayName={user.displayName} email={user.email} />
      {user.origin === 'scim' ? (
        <span className={styles.managed}>
          <ManagedBadge />
        </span>
      ) : null}
    </span>
  );
}

function UserName({ user }: { user: UserItem }) {
  const styles = useStyles();
  if (user.userName === user.email) return <span className={styles.same}>Same as e-mail</span>;
  if (isDirectoryId(user)) {
    return (
      <span className={styles.same} title={user.userName}>
        An id of the directory
      </span>
    );
  }
  return (
    <span className={styles.address} title={user.userName}>
      {user.userName}
    </span>
  );
}

function GroupTags({ user }: { user: UserItem }) {
  const styles = useStyles();
  const shown = user.groups.slice(0, groupsShown);
  const others = user.groupCount - shown.length;
  return (
    <span className={styles.tags}>
      {user.groupCount === 0 ? <span className={styles.more}>None</span> : null}
      {shown.map((group) => (
        <Tag key={group.id} size="small" appearance="outline" className={styles.group} title={group.name}>
          {group.name}
        </Tag>
      ))}
      {others > 0 ? <span className={styles.more}>{shown.length > 0 ? `+${others}` : others}</span> : null}
    </span>
  );
}

function Keys({ user }: { user: UserItem }) {
  const styles = useStyles();
  if (user.keys.length === 0) return <span className={styles.more}>None</span>;
  return (
    <ul className={styles.keys}>
      {user.keys.map((key) => (
        <li key={key.id}>
          <KeyIcon {...key} />
        </li>
      ))}
    </ul>
  );
}

/** The columns of people, also shown as the members of a group. */
export const userColumns: Column<UserItem>[] = [
  {
    key: 'name',
    header: 'Full name and e-mail',
    primary: true,
    sort: 'displayName',
    render: (user) => <Name user={user} />,
  },
  { key: 'status', header: 'Status', sort: 'status', card: 'corner', render: (user) => <StatusBadge status={user.status} /> },
  { key: 'userName', header: 'User name', sort: 'userName', render: (user) => <UserName user={user} /> },
  { key: 'groups', header: 'Groups', render: (user) => <GroupTags user={user} /> },
  { key: 'keys', header: 'Keys', render: (user) => <Keys user={user} /> },
  { key: 'lastActivity', header: 'Last activity', sort: 'lastActivityAt', render: (user) => <Time at={user.lastActivityAt} /> },
];

export const keyKindChoices = [
  { value: 'hardwareKey', name: keyKindNames.hardwareKey },
  { value: 'smartphone', name: keyKindNames.smartphone },
  { value: 'contactlessCard', name: keyKindNames.contactlessCard },
  { value: 'platform', name: keyKindNames.platform },
  { value: 'none', name: 'No key' },
] as const;

const sortChoices = [
  { value: 'displayName', name: 'Full name' },
  { value: 'userName', name: 'User name' },
  { value: 'email', name: 'E-mail' },
  { value: 'status', name: 'Status' },
  { value: '-createdAt', name: 'Added last' },
  { value: 'createdAt', name: 'Added first' },
  { value: '-lastActivityAt', name: 'Active last' },
] as const;

export function UsersPage() {
  const search = route.useSearch();
  const url = useListUrl<UsersSearch>(search);
  const mayAdd = useCan('peopleWrite');
  const mayImport = useCan('importsRun');
  const filters = filtersOf(search);
  const list = useQuery({
    queryKey: ['users', 'list', search],
    queryFn: ({ signal }) => api.get('/users', { query: { sort: defaultSort, ...search }, signal }),
    placeholderData: keepPreviousData,
  });
  const count = useQuery({
    queryKey: ['users', 'count', filters],
    queryFn: ({ signal }) => api.get('/users/count', { query: filters, signal }),
    placeholderData: keepPreviousData,
  });
  const filtered = isFiltered(search);
  const clear = () =>
    url.set({ q: undefined, status: undefined, origin: undefined, keyKind: undefined, groupId: undefined });
  const importUsers = mayImport ? (
    <ButtonLink to="/users/import" icon={<ArrowImport20Regular />}>
      Import Users
    </ButtonLink>
  ) : null;
  const newUser = mayAdd ? (
    <ButtonLink to="/users/new" appearance="primary" icon={<PersonAdd20Regular />}>
      New User
    </ButtonLink>
  ) : null;

  return (
    <>
      <PageHeader
        title="Users"
        description="The people of your organisation and the security keys they sign in with."
        actions={
          <>
            {importUsers}
            {newUser}
          </>
        }
      />
      <Card flush>
        <FilterBar
          searchLabel="Search by name, e-mail or user name"
          q={search.q}
          onSearch={(q) => url.set({ q })}
          filtered={filtered}
          onClear={clear}
          summary={count.data ? countWords(count.data.count, count.data.exact) : ''}
        >
          <SortMenu choices={sortChoices} value={search.sort ?? defaultSort} onChange={(sort) => url.set({ sort })} />
          <FilterMenu
            label="Status"
            choices={statuses.map((value) => ({ value, name: statusNames[value] }))}
            value={search.status}
            onChange={(status) => url.set({ status })}
          />
          <GroupFilter groupId={search.groupId} onChange={(groupId) => url.set({ groupId })} />
          <FilterMenu
            label="Source"
            choices={origins.map((value) => ({ value, name: originNames[value] }))}
            value={search.origin}
            onChange={(origin) => url.set({ origin })}
          />
          <FilterMenu
            label="Keys"
            choices={keyKindChoices}
            value={search.keyKind}
            onChange={(keyKind) => url.set({ keyKind })}
          />
        </FilterBar>
        <DataList
          label="Users"
          columns={userColumns}
          items={list.data?.items}
          getKey={(user) => user.id}
          error={list.error}
          onRetry={() => void list.refetch()}
          stale={list.isPlaceholderData}
          sort={search.sort ?? defaultSort}
          onSort={(sort) => url.set({ sort: sort as UsersSearch['sort'] })}
          pages={url.pages(list.data?.nextCursor)}
          empty={
            filtered ? (
              <EmptyState illustration="search" title="Nobody matches">
                Try another word, or take filters away.
              </EmptyState>
            ) : (
              <EmptyState illustration="people" title="No people yet" actions={<>{newUser}{importUsers}</>}>
                Add the first person and assign a security key: they get a link to register it. Or import everybody from a
                file or from Entra ID.
              </EmptyState>
            )
          }
        />
      </Card>
    </>
  );
}

/** "1,204 people"; a number that was only estimated is said to be one. */
export function countWords(count: number, exact: boolean): string {
  const number = `${exact ? '' : 'About '}${count.toLocaleString('en')}`;
  return `${number} ${count === 1 ? 'person' : 'people'}`;
}
