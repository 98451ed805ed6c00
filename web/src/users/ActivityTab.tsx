// What happened to one person, and what they did themselves is one link away.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ActivityTable } from '../activity/ActivityTable';
import { api, type User } from '../api';
import { Card } from '../shared/Card';
import { TextLink } from '../shared/links';
import { EmptyState } from '../shared/states';
import { useListUrl } from '../shared/useListUrl';
import type { UserPageSearch } from './filters';

const route = getRouteApi('/shell/users/$id');

export function ActivityTab({ user }: { user: User }) {
  const search = route.useSearch();
  const url = useListUrl<UserPageSearch>(search);
  const list = useQuery({
    queryKey: ['activity', 'of', user.id, search.cursor],
    queryFn: ({ signal }) => api.get('/activity', { query: { userId: user.id, cursor: search.cursor }, signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Card
      flush
      title="Activity"
      actions={
        <TextLink to="/activity" search={{ actorId: user.id }}>
          Done by {user.displayName}
        </TextLink>
      }
    >
      <ActivityTable
        entries={list.data?.items}
        error={list.error}
        onRetry={() => void list.refetch()}
        stale={list.isPlaceholderData}
        pages={url.pages(list.data?.nextCursor)}
        empty={
          <EmptyState illustration="activity" title="Nothing yet">
            Changes to {user.displayName} and their sign-ins will be listed here.
          </EmptyState>
        }
      />
    </Card>
  );
}
