// Sends the administrator to Microsoft's consent; they come back by the callback page.
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { Open20Regular } from '@fluentui/react-icons';
import { useMutation } from '@tanstack/react-query';
import { api, type EntraConnection } from '../api';
import { Card } from '../shared/Card';
import { ProblemBar } from '../shared/ProblemBar';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '68ch' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  faint: { margin: 0, color: tokens.colorNeutralForeground3 },
});

export function Authorize({ connection }: { connection: EntraConnection }) {
  const styles = useStyles();
  const authorize = useMutation({
    mutationFn: (way: 'adminConsent' | 'interactive') => api.post('/integrations/entra/authorize', { body: { way } }),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const again = connection.state === 'working';
  const waiting = authorize.isPending || authorize.isSuccess;
  return (
    <Card title="Authorize">
      <div className={styles.root}>
        <p className={styles.faint}>
          {again
            ? 'Keystead is authorized. Do it again after permissions were changed in the app registration.'
            : 'An administrator of the tenant consents once; after that Keystead reads on its own, also on a schedule.'}{' '}
          You leave for Microsoft’s page and come back here.
        </p>
        <ProblemBar error={authorize.error} />
        <div className={styles.buttons}>
          <Button
            appearance={again ? 'secondary' : 'primary'}
            icon={<Open20Regular />}
            disabledFocusable={waiting}
            onClick={() => authorize.mutate('adminConsent')}
          >
            {waiting ? 'Leading to Microsoft…' : again ? 'Authorize again' : 'Authorize'}
          </Button>
          <Button appearance="subtle" disabledFocusable={waiting} onClick={() => authorize.mutate('interactive')}>
            Sign in myself instead
          </Button>
        </div>
        <p className={styles.faint}>
          Signing in yourself reads with your own rights, for as long as Microsoft lets that sign-in last. Schedules stop when it ends.
        </p>
      </div>
    </Card>
  );
}
