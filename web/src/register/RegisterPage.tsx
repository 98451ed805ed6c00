import { PageHeader } from '../shared/PageHeader';

export function RegisterPage() {
  return <PageHeader title="Register" />;
}
