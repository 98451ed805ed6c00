import { PageHeader } from '../shared/PageHeader';

export function SettingsPage() {
  return <PageHeader title="Settings" />;
}
