// One person: who they are, their keys and passkeys, their groups, and what happened to them.
import { Button } from '@fluentui/react-components';
import { Edit20Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { User } from '../api';
import { useCan, useMayChange, useSession } from '../app/session';
import { RoleBadge } from '../groups/RoleBadge';
import { Card } from '../shared/Card';
import { TextLink } from '../shared/links';
import { ManagedBadge } from '../shared/ManagedBadge';
import { profileOwner } from '../shared/managed';
import { PageHeader } from '../shared/PageHeader';
import { PageTabs } from '../shared/PageTabs';
import { ErrorState, SkeletonLines } from '../shared/states';
import { StatusBadge } from '../shared/StatusBadge';
import { ActivityTab } from './ActivityTab';
import type { UserTab } from './filters';
import { GroupsTab } from './GroupsTab';
import { InfoTab } from './InfoTab';
import { KeysTab } from './KeysTab';
import { PasskeysTab } from './PasskeysTab';
import { UserActions } from './UserActions';
import { userQuery } from './userQuery';

const route = getRouteApi('/shell/users/$id');

const tabNames: Record<UserTab, string> = {
  info: 'Info',
  keys: 'Security keys',
  passkeys: 'Passkeys',
  groups: 'Groups',
  activity: 'Activity',
};

/** Whether the signed-in person may change this one: the permission, and the rank. One's own profile always. */
function useRights(user: User) {
  const session = useSession();
  const mayChange = useMayChange()(user.role);
  const own = session.user.id === user.id;
  const people = useCan('peopleWrite');
  const keys = useCan('keysWrite');
  const groups = useCan('groupsWrite');
  return {
    profile: people && (mayChange || own),
    account: people && mayChange && !own,
    keys: keys && (mayChange || own),
    groups: groups && mayChange,
  };
}
export type Rights = ReturnType<typeof useRights>;

export function UserPage() {
  const { id } = route.useParams();
  const user = useQuery(userQuery(id));
  const back = <TextLink to="/users">Users</TextLink>;
  if (!user.data) {
    return (
      <>
        <PageHeader title="User" above={back} />
        <Card>
          {user.error ? (
            <ErrorState error={user.error} onRetry={() => void user.refetch()} />
          ) : (
            <SkeletonLines lines={6} label="The person is loading" />
          )}
        </Card>
      </>
    );
  }
  // A key of its own per person: forms and dialogs start anew when the address changes.
  return <Loaded key={id} user={user.data} />;
}

function Loaded({ user }: { user: User }) {
  const navigate = useNavigate();
  const tab = route.useSearch().tab ?? 'info';
  const rights = useRights(user);
  const seesActivity = useCan('activityRead');
  const tabs = (Object.keys(tabNames) as UserTab[]).filter((name) => name !== 'activity' || seesActivity);
  const [editing, setEditing] = useState(false);
  const editButton = useRef<HTMLButtonElement>(null);
  const open = (value: UserTab) => {
    setEditing(false);
    void navigate({
      to: '/users/$id',
      params: { id: user.id },
      search: value === 'info' ? {} : { tab: value },
      replace: true,
      resetScroll: false,
    });
  };
  const stopEditing = () => {
    setEditing(false);
    // The form had the focus; it goes back to where editing began.
    requestAnimationFrame(() => editButton.current?.focus());
  };
  const mayEdit = rights.profile && profileOwner(user) === null;
  return (
    <>
      <PageHeader
        title={user.displayName}
        above={<TextLink to="/users">Users</TextLink>}
        description={user.email}
        beside={
          <>
            <StatusBadge status={user.status} />
            {user.role === 'member' ? null : <RoleBadge role={user.role} />}
            {user.origin === 'scim' ? <ManagedBadge /> : null}
          </>
        }
        actions={
          <>
            {mayEdit ? (
              <Button
                ref={editButton}
                icon={<Edit20Regular />}
                onClick={() => {
                  open('info');
                  setEditing(true);
                }}
              >
                Edit
              </Button>
            ) : null}
            {rights.account ? <UserActions user={user} /> : null}
          </>
        }
      />
      <PageTabs
        label="Parts of this person’s page"
        tabs={tabs.map((value) => ({ value, label: tabNames[value] }))}
        value={tab}
        onChange={open}
      >
        {tab === 'info' ? <InfoTab user={user} editing={mayEdit && editing} onDone={stopEditing} /> : null}
        {tab === 'keys' ? <KeysTab user={user} mayChange={rights.keys} /> : null}
        {tab === 'passkeys' ? <PasskeysTab user={user} mayChange={rights.keys} /> : null}
        {tab === 'groups' ? <GroupsTab user={user} mayChange={rights.groups} /> : null}
        {tab === 'activity' && seesActivity ? <ActivityTab user={user} /> : null}
      </PageTabs>
    </>
  );
}
