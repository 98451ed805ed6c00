// Every person's own page: their profile, keys, passkeys and sign-ins.
import { Avatar, makeStyles } from '@fluentui/react-components';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../api';
import { Card } from '../shared/Card';
import { PageHeader } from '../shared/PageHeader';
import { ErrorState, SkeletonLines } from '../shared/states';
import { MyKeys } from './MyKeys';
import { MyPasskeys } from './MyPasskeys';
import { MyProfile } from './MyProfile';
import { MySignIns } from './MySignIns';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '24px' },
  // Profile beside the keys where there is room, above them where there is not.
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 3fr)',
    gap: '24px',
    alignItems: 'start',
    '@media (max-width: 1100px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
});

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => api.get('/me', { signal }) });

export function MyPage() {
  const styles = useStyles();
  const { data, error, refetch } = useQuery(meQuery);
  return (
    <>
      <PageHeader
        title="My page"
        description="Your profile, your security keys, and where you have signed in."
        beside={data ? <Avatar aria-hidden name={data.user.displayName} color="brand" size={32} /> : undefined}
      />
      {error && !data ? (
        <Card>
          <ErrorState error={error} onRetry={() => void refetch()} />
        </Card>
      ) : (
        <div className={styles.stack}>
          <div className={styles.columns}>
            {data ? (
              <MyProfile user={data.user} />
            ) : (
              <Card title="Profile">
                <SkeletonLines lines={6} label="Your profile is loading" />
              </Card>
            )}
            <MyKeys keys={data?.keys} />
          </div>
          <Card flush title="Passkeys" description="What your keys hold to prove that it is you.">
            <MyPasskeys items={data?.credentials} />
          </Card>
          <MySignIns />
        </div>
      )}
    </>
  );
}
