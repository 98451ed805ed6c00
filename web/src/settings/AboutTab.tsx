import { useQuery } from '@tanstack/react-query';
import { Link } from '@fluentui/react-components';
import { api } from '../api';
import { Card, Facts } from '../shared/Card';
import { ErrorState, SkeletonLines } from '../shared/states';

/** Which Keystead this is, and where its API is described. */
export function AboutTab() {
  const { data, error, refetch } = useQuery({
    queryKey: ['settings', 'about'],
    queryFn: ({ signal }) => api.get('/settings/about', { signal }),
  });
  return (
    <Card title="About this Keystead">
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} level={3} />
      ) : !data ? (
        <SkeletonLines lines={4} label="Loading" />
      ) : (
        <Facts
          items={[
            ['Version', data.version],
            ['Database', data.database === 'sqlite' ? 'SQLite (embedded)' : 'PostgreSQL'],
            ['Public address', data.publicUrl],
            [
              'API',
              <Link key="api" href="/api/docs" inline>
                Reference of the API
              </Link>,
            ],
            [
              'Licences',
              <Link key="licences" href="/licences.txt" inline>
                Licences of what the panel is built from
              </Link>,
            ],
          ]}
        />
      )}
    </Card>
  );
}
