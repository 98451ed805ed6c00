// Where and when one has signed in, and what was refused.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { CheckmarkCircle16Filled, DismissCircle16Filled } from '@fluentui/react-icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { api, type SignIn } from '../api';
import { Card } from '../shared/Card';
import { DataList, type Column } from '../shared/DataList';
import { EmptyState } from '../shared/states';
import { Badge } from '../shared/StatusBadge';
import { Time } from '../shared/Time';
import { deviceWords } from '../shared/userAgent';
import { useListUrl } from '../shared/useListUrl';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column' },
  small: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3 },
});

const route = getRouteApi('/shell/me');

export function MySignIns() {
  const styles = useStyles();
  const search = route.useSearch();
  const url = useListUrl(search);
  const { data, error, refetch, isPlaceholderData } = useQuery({
    queryKey: ['me', 'sign-ins', search.cursor],
    queryFn: ({ signal }) => api.get('/me/sign-ins', { query: { limit: 10, cursor: search.cursor }, signal }),
    placeholderData: keepPreviousData,
  });

  const columns: Column<SignIn>[] = [
    { key: 'at', header: 'When', primary: true, render: (entry) => <Time at={entry.at} format="full" /> },
    {
      key: 'outcome',
      header: 'Outcome',
      card: 'corner',
      render: (entry) =>
        entry.succeeded ? (
          <Badge tone="good" icon={<CheckmarkCircle16Filled aria-hidden />}>
            Signed in
          </Badge>
        ) : (
          <Badge tone="bad" icon={<DismissCircle16Filled aria-hidden />}>
            Refused
          </Badge>
        ),
    },
    {
      key: 'where',
      header: 'Where',
      render: (entry) => (
        <span className={styles.stack}>
          {deviceWords(entry.userAgent)}
          {entry.ip ? <span className={styles.small}>{entry.ip}</span> : null}
        </span>
      ),
    },
    { key: 'key', header: 'Key', render: (entry) => entry.keyName ?? entry.reason ?? 'Unknown key' },
  ];
  return (
    <Card flush title="Sign-ins" description="Something here that was not you? Report the key lost and tell your administrator.">
      <DataList
        label="Sign-ins"
        columns={columns}
        items={data?.items}
        getKey={(entry) => entry.id}
        error={error}
        onRetry={() => void refetch()}
        stale={isPlaceholderData}
        pages={url.pages(data?.nextCursor)}
        empty={
          <EmptyState illustration="activity" title="No sign-ins yet" level={3}>
            Each time you sign in, it is written down here.
          </EmptyState>
        }
      />
    </Card>
  );
}
