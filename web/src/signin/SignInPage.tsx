import { PageHeader } from '../shared/PageHeader';

export function SignInPage() {
  return <PageHeader title="Sign in" />;
}
