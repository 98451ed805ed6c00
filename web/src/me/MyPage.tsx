import { PageHeader } from '../shared/PageHeader';

export function MyPage() {
  return <PageHeader title="My page" />;
}
