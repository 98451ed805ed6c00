// Whether mail leaves, what waits, and a test.
import { Button, makeStyles, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { CheckmarkCircle16Filled, MailArrowUp20Regular, MailOff16Filled } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../api';
import { useCan, useSession } from '../app/session';
import { Card, Facts } from '../shared/Card';
import { ErrorState, SkeletonLines } from '../shared/states';
import { Badge } from '../shared/StatusBadge';
import { useToast } from '../shared/toast';

const useStyles = makeStyles({ stack: { display: 'flex', flexDirection: 'column', gap: '20px' } });
const mailKey = ['settings', 'mail'];

export function MailTab() {
  const styles = useStyles();
  const toast = useToast();
  const client = useQueryClient();
  const { user } = useSession();
  const mayWrite = useCan('settingsWrite');
  const { data, error, refetch } = useQuery({
    queryKey: mailKey,
    queryFn: ({ signal }) => api.get('/settings/mail', { signal }),
  });
  const test = useMutation({
    mutationFn: () => api.post('/settings/mail/test'),
    onSuccess: () => toast.success('Test mail on its way', `Look into the mailbox of ${user.email}.`),
    onError: (failure) => toast.failure(failure),
    onSettled: () => client.invalidateQueries({ queryKey: mailKey }),
  });

  return (
    <Card
      title="Mail"
      description="Registration links travel by mail. Keystead tries for 48 hours before it gives a mail up."
      actions={
        data?.configured && mayWrite ? (
          <Button icon={<MailArrowUp20Regular />} disabledFocusable={test.isPending} onClick={() => test.mutate()}>
            Send a test mail
          </Button>
        ) : undefined
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} level={3} />
      ) : !data ? (
        <SkeletonLines lines={4} label="The state of mail is loading" />
      ) : (
        <div className={styles.stack}>
          {data.configured ? null : (
            <MessageBar intent="warning" layout="multiline">
              <MessageBarBody>
                <MessageBarTitle>No mail server is configured.</MessageBarTitle> Until then, Keystead shows each
                registration link and its QR code for you to hand over. To send mail, set KEYSTEAD_SMTP_URL and
                KEYSTEAD_MAIL_FROM where Keystead runs, then restart it.
              </MessageBarBody>
            </MessageBar>
          )}
          <Facts
            items={[
              [
                'State',
                data.configured ? (
                  <Badge key="on" tone="good" icon={<CheckmarkCircle16Filled aria-hidden />}>
                    Configured
                  </Badge>
                ) : (
                  <Badge key="off" tone="off" icon={<MailOff16Filled aria-hidden />}>
                    Not configured
                  </Badge>
                ),
              ],
              ['Sender', data.from],
              ['Server', data.server],
              ['Waiting to be sent', data.queued],
              ['Given up', data.givenUp],
            ]}
          />
        </div>
      )}
    </Card>
  );
}
