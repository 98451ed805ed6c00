import { PageHeader } from '../shared/PageHeader';

export function ActivityPage() {
  return <PageHeader title="Activity" />;
}
