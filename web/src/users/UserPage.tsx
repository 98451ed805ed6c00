import { PageHeader } from '../shared/PageHeader';

export function UserPage() {
  return <PageHeader title="User" />;
}
