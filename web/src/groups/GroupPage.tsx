import { PageHeader } from '../shared/PageHeader';

export function GroupPage() {
  return <PageHeader title="Group" />;
}
