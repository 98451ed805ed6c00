// Who the person is: read, and changed in place. A change that somebody else made in between is
// shown, never overwritten.
import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, Problem, type User } from '../api';
import { Card, Facts } from '../shared/Card';
import { homeCountry } from '../shared/countries';
import { languageName } from '../shared/languages';
import { isDirectoryId, profileOwner } from '../shared/managed';
import { originNames, roleMeanings, roleNames } from '../shared/names';
import { Time } from '../shared/Time';
import { useToast } from '../shared/toast';
import { ProfileFields } from './ProfileFields';
import { changesOf, formOf, problemsOf, type ProfileForm } from './profile';
import { useRefreshUsers, userQuery } from './userQuery';

const useStyles = makeStyles({ root: { display: 'flex', flexDirection: 'column', gap: '24px' } });

interface Props {
  user: User;
  editing: boolean;
  onDone: () => void;
}

export function InfoTab({ user, editing, onDone }: Props) {
  const styles = useStyles();
  if (editing) return <EditForm user={user} onDone={onDone} />;
  return (
    <div className={styles.root}>
      <Card
        title="Profile"
        description={profileOwner(user)}
      >
        <Facts
          items={[
            ['Display name', user.displayName],
            ['E-mail', user.email],
            ['User name', isDirectoryId(user) ? `${user.userName} (an id of the directory)` : user.userName],
            ['First name', user.givenName],
            ['Last name', user.familyName],
            ['Phone', user.phone],
            ['Job title', user.title],
            ['Department', user.department],
            ['Preferred language', user.preferredLanguage ? languageName(user.preferredLanguage) : null],
          ]}
        />
      </Card>
      <Card title="Account">
        <Facts
          items={[
            ['Role', `${roleNames[user.role]}: ${roleMeanings[user.role]}`],
            ['Source', originNames[user.origin]],
            ['External ID', user.externalId],
            ['Last activity', <Time key="activity" at={user.lastActivityAt} />],
            ['Added', <Time key="added" at={user.createdAt} format="full" />],
            ['Changed', <Time key="changed" at={user.updatedAt} format="full" />],
          ]}
        />
      </Card>
    </div>
  );
}

function EditForm({ user, onDone }: { user: User; onDone: () => void }) {
  const queries = useQueryClient();
  const refresh = useRefreshUsers();
  const toast = useToast();
  // The person as they were when editing began; the page behind may already show a later version.
  const [base, setBase] = useState(user);
  const [form, setForm] = useState<ProfileForm>(() => formOf(user, homeCountry(navigator.language)));
  const [problems, setProblems] = useState(problemsOf(form));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const latest = useQuery(userQuery(user.id)).data ?? user;
  const overtaken = latest.version !== base.version || (error instanceof Problem && error.status === 412);

  const reload = async () => {
    const fresh = await queries.fetchQuery({ ...userQuery(user.id), staleTime: 0 });
    setBase(fresh);
    setForm(formOf(fresh, form.phone.iso));
    setError(null);
  };
  const save = async () => {
    const found = problemsOf(form);
    setProblems(found);
    if (busy || Object.keys(found).length > 0) return;
    const changes = changesOf(base, form);
    if (Object.keys(changes).length === 0) {
      onDone();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      refresh(await api.patch('/users/{id}', { path: { id: user.id }, body: changes, ifMatch: base.version }));
      toast.success('Saved');
      onDone();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Card title="Edit profile">
      {overtaken ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Somebody else changed this person</MessageBarTitle>
            Nothing of yours was saved. Load what they saved, then make your change again.
          </MessageBarBody>
          <MessageBarActions>
            <Button onClick={() => void reload()}>Load their version</Button>
          </MessageBarActions>
        </MessageBar>
      ) : null}
      <ProfileFields
        form={form}
        base={base}
        problems={problems}
        error={overtaken ? null : error}
        busy={busy}
        onChange={(change) => {
          setForm({ ...form, ...change });
          setProblems((current) => {
            const rest = { ...current };
            for (const name of Object.keys(change) as (keyof ProfileForm)[]) delete rest[name];
            return rest;
          });
        }}
        onSubmit={() => void save()}
        onCancel={onDone}
      />
    </Card>
  );
}
