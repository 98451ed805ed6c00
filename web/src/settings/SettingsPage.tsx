// The settings of the organisation, a tab each. Who may only read sees them without the save buttons.
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useCan } from '../app/session';
import type { SettingsTab } from '../app/router';
import { PageHeader } from '../shared/PageHeader';
import { PageTabs } from '../shared/PageTabs';
import { AboutTab } from './AboutTab';
import { ApiKeysTab } from './ApiKeysTab';
import { CardPolicyTab } from './CardPolicyTab';
import { GeneralTab } from './GeneralTab';
import { KeyPolicyTab } from './KeyPolicyTab';
import { MailTab } from './MailTab';

const route = getRouteApi('/shell/settings');

const allTabs: { value: SettingsTab; label: string }[] = [
  { value: 'general', label: 'General' },
  { value: 'keys', label: 'Security keys' },
  { value: 'cards', label: 'Cards' },
  { value: 'mail', label: 'Mail' },
  { value: 'api-keys', label: 'API keys' },
  { value: 'about', label: 'About' },
];
const contents: Record<SettingsTab, ReactNode> = {
  general: <GeneralTab />,
  keys: <KeyPolicyTab />,
  cards: <CardPolicyTab />,
  mail: <MailTab />,
  'api-keys': <ApiKeysTab />,
  about: <AboutTab />,
};

export function SettingsPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const managesApiKeys = useCan('apiKeysManage');
  const tabs = allTabs.filter((tab) => tab.value !== 'api-keys' || managesApiKeys);
  const tab = tabs.find((candidate) => candidate.value === search.tab)?.value ?? 'general';
  return (
    <>
      <PageHeader title="Settings" description="How Keystead works for your whole organisation." />
      <PageTabs
        label="Settings"
        tabs={tabs}
        value={tab}
        onChange={(value) =>
          void navigate({ to: '/settings', search: value === 'general' ? {} : { tab: value }, replace: true })
        }
      >
        {contents[tab]}
      </PageTabs>
    </>
  );
}
