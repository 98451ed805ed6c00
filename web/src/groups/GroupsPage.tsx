import { PageHeader } from '../shared/PageHeader';

export function GroupsPage() {
  return <PageHeader title="User Groups" />;
}
