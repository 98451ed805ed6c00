// Dashboard: how the desk stands at a glance, each number leading to the list behind it.
import { makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { PersonAdd20Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Timeline } from '../activity/Timeline';
import { api, type Dashboard } from '../api';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { ButtonLink, TextLink } from '../shared/links';
import { PageHeader } from '../shared/PageHeader';
import { EmptyState, ErrorState, SkeletonLines } from '../shared/states';
import { Numbers } from './Numbers';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '24px' },
});

export function DashboardPage() {
  const styles = useStyles();
  const mayAdd = useCan('peopleWrite');
  const state = useQuery({ queryKey: ['dashboard'], queryFn: ({ signal }) => api.get('/dashboard', { signal }) });
  return (
    <>
      <PageHeader
        title="Dashboard"
        actions={
          mayAdd ? (
            <ButtonLink to="/users/new" appearance="primary" icon={<PersonAdd20Regular />}>
              New User
            </ButtonLink>
          ) : null
        }
      />
      <div className={styles.root}>
        {state.isError && !state.data ? (
          <Card>
            <ErrorState error={state.error} onRetry={() => void state.refetch()} />
          </Card>
        ) : null}
        {state.data ? <MailNotice mail={state.data.mail} /> : null}
        {state.data && state.data.users.total <= 1 ? <FirstRun mayAdd={mayAdd} /> : null}
        {state.data ? (
          <Numbers state={state.data} />
        ) : state.isPending ? (
          <Card>
            <SkeletonLines lines={6} label="Numbers are loading" />
          </Card>
        ) : null}
        <RecentActivity />
      </div>
    </>
  );
}

/** Only the owner is there: what to do first. */
function FirstRun({ mayAdd }: { mayAdd: boolean }) {
  return (
    <Card>
      <EmptyState
        illustration="people"
        title="Add your first person"
        actions={
          mayAdd ? (
            <>
              <ButtonLink to="/users/new" appearance="primary">
                Add a person
              </ButtonLink>
              <ButtonLink to="/groups">Make groups first</ButtonLink>
            </>
          ) : null
        }
      >
        Type a name and an e-mail address, and assign a security key. The person gets a link, registers their key with it,
        and signs in without a password from then on.
      </EmptyState>
    </Card>
  );
}

function MailNotice({ mail }: { mail: Dashboard['mail'] }) {
  const maySeeSettings = useCan('settingsRead');
  if (!mail.configured) {
    return (
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>No mail server is configured</MessageBarTitle>
          Registration links are shown to you, to be handed over by hand. To have them mailed, set KEYSTEAD_SMTP_URL and
          KEYSTEAD_MAIL_FROM where Keystead runs, and start it again.
        </MessageBarBody>
        {maySeeSettings ? (
          <MessageBarActions>
            <ButtonLink to="/settings" search={{ tab: 'mail' }}>
              Mail settings
            </ButtonLink>
          </MessageBarActions>
        ) : null}
      </MessageBar>
    );
  }
  if (mail.givenUp > 0) {
    return (
      <MessageBar intent="error" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>
            {mail.givenUp === 1 ? 'One mail could not be delivered' : `${mail.givenUp} mails could not be delivered`}
          </MessageBarTitle>
          Check the addresses, then send the registration links again from the list of pending keys.
        </MessageBarBody>
        <MessageBarActions>
          <ButtonLink to="/keys" search={{ state: 'pending' }}>
            Pending keys
          </ButtonLink>
        </MessageBarActions>
      </MessageBar>
    );
  }
  return null;
}

function RecentActivity() {
  const may = useCan('activityRead');
  const recent = useQuery({
    queryKey: ['activity', 'recent'],
    queryFn: ({ signal }) => api.get('/activity', { query: { limit: 8 }, signal }),
    enabled: may,
  });
  if (!may) return null;
  return (
    <Card title="Recent activity" actions={<TextLink to="/activity">See all activity</TextLink>}>
      {recent.data ? (
        recent.data.items.length > 0 ? (
          <Timeline entries={recent.data.items} />
        ) : (
          'Nothing has happened yet.'
        )
      ) : recent.isError ? (
        <ErrorState error={recent.error} onRetry={() => void recent.refetch()} level={3} />
      ) : (
        <SkeletonLines lines={6} label="Activity is loading" />
      )}
    </Card>
  );
}
