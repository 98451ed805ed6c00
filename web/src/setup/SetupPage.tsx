import { PageHeader } from '../shared/PageHeader';

export function SetupPage() {
  return <PageHeader title="Set up" />;
}
