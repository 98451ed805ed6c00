// The bell: what needs an administrator's eye (mail given up, a key's counter gone back, a key
// reported lost, an import that ended or waits, a directory that fell silent). Read every minute while the panel is open.
import {
  Button,
  CounterBadge,
  makeStyles,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  tokens,
  Tooltip,
  typographyStyles,
} from '@fluentui/react-components';
import {
  Alert20Regular,
  ArrowImport20Regular,
  ArrowUndo20Regular,
  Certificate20Regular,
  Dismiss16Regular,
  KeyReset20Regular,
  PersonAlert20Regular,
  MailAlert20Regular,
  PlugDisconnected20Regular,
} from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, asProblem, type Alert } from '../api';
import { TextLink } from '../shared/links';
import { PersonLink } from '../shared/PersonLink';
import { SkeletonLines } from '../shared/states';
import { Time } from '../shared/Time';
import { useToast } from '../shared/toast';
import { alertLink } from './alertLink';
import { useCan } from './session';

const icons: Record<Alert['kind'], ReactNode> = {
  entraCredentialExpires: <Certificate20Regular aria-hidden />,
  importFailed: <ArrowImport20Regular aria-hidden />,
  importFinished: <ArrowImport20Regular aria-hidden />,
  importNeedsApproval: <ArrowImport20Regular aria-hidden />,
  mailGivenUp: <MailAlert20Regular aria-hidden />,
  counterRegressed: <ArrowUndo20Regular aria-hidden />,
  keyReportedLost: <KeyReset20Regular aria-hidden />,
  scimLastOwner: <PersonAlert20Regular aria-hidden />,
  scimSilent: <PlugDisconnected20Regular aria-hidden />,
};

const useStyles = makeStyles({
  anchor: { position: 'relative', display: 'inline-flex' },
  count: { position: 'absolute', top: '-6px', right: '-8px', pointerEvents: 'none' },
  surface: { width: 'min(400px, calc(100vw - 24px))', maxHeight: '70vh', overflowY: 'auto', padding: 0, outlineStyle: 'none' },
  title: { ...typographyStyles.subtitle2, margin: 0, padding: '16px 16px 8px' },
  quiet: { ...typographyStyles.body1, margin: 0, padding: '0 16px 20px', color: tokens.colorNeutralForeground3 },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  item: {
    display: 'grid',
    gridTemplateColumns: '24px minmax(0, 1fr) auto',
    gap: '12px',
    padding: '12px 16px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  icon: { color: tokens.colorPaletteDarkOrangeForeground1, marginTop: '2px' },
  name: { ...typographyStyles.body1Strong, margin: 0 },
  detail: { ...typographyStyles.body1, margin: '2px 0 4px', overflowWrap: 'anywhere' },
  meta: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3, display: 'flex', gap: '8px' },
});

const alertsKey = ['alerts'];

export function Alerts() {
  const styles = useStyles();
  const toast = useToast();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const { data, error } = useQuery({
    queryKey: alertsKey,
    queryFn: ({ signal }) => api.get('/alerts', { signal }),
    refetchInterval: 60_000,
  });
  const dismiss = useMutation({
    mutationFn: (id: string) => api.del('/alerts/{id}', { path: { id } }),
    onError: (failure) => toast.failure(failure),
    onSettled: () => client.invalidateQueries({ queryKey: alertsKey }),
  });

  if (error && asProblem(error).status === 403) return null;
  const alerts = data?.items ?? [];
  const label = alerts.length === 0 ? 'Alerts: none' : `Alerts: ${alerts.length}`;
  return (
    <Popover open={open} onOpenChange={(_, state) => setOpen(state.open)} positioning="below-end" trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        <Tooltip content={label} relationship="label">
          <Button
            appearance="subtle"
            icon={
              <span className={styles.anchor}>
                <Alert20Regular />
                {alerts.length > 0 ? (
                  <CounterBadge className={styles.count} count={alerts.length} size="small" color="danger" />
                ) : null}
              </span>
            }
          />
        </Tooltip>
      </PopoverTrigger>
      {/* Takes the focus itself: without an alert nothing in it could, and it would stay hidden from screen readers. */}
      <PopoverSurface tabIndex={-1} className={styles.surface} aria-label="Alerts">
        <h2 className={styles.title}>Alerts</h2>
        {error && !data ? <p className={styles.quiet}>{asProblem(error).detail}</p> : null}
        {!error && !data ? <SkeletonLines lines={2} label="Alerts are loading" /> : null}
        {data && alerts.length === 0 ? <p className={styles.quiet}>Nothing needs your attention.</p> : null}
        <ul className={styles.list}>
          {alerts.map((alert) => (
            <li key={alert.id} className={styles.item}>
              <span className={styles.icon}>{icons[alert.kind]}</span>
              <div>
                <h3 className={styles.name}>{alert.title}</h3>
                <Detail alert={alert} onLeave={() => setOpen(false)} />
                <span className={styles.meta}>
                  <Time at={alert.at} />
                  {alert.user ? <PersonLink plain id={alert.user.id} displayName={alert.user.name} /> : null}
                </span>
              </div>
              <Button
                appearance="subtle"
                size="small"
                icon={<Dismiss16Regular />}
                aria-label={`Dismiss: ${alert.title}`}
                disabledFocusable={dismiss.isPending}
                onClick={() => dismiss.mutate(alert.id)}
              />
            </li>
          ))}
        </ul>
      </PopoverSurface>
    </Popover>
  );
}

function Detail({ alert, onLeave }: { alert: Alert; onLeave: () => void }) {
  const styles = useStyles();
  const seesSettings = useCan('settingsRead');
  const { words, link } = alertLink(alert);
  return (
    <p className={styles.detail}>
      {words}{' '}
      {link?.to === 'import' ? (
        <TextLink to="/imports/$id" params={{ id: link.importId }} inline onClick={onLeave}>
          {link.label}
        </TextLink>
      ) : link && seesSettings ? (
        <TextLink to={link.to === 'scim' ? '/integrations/scim' : '/integrations/entra'} inline onClick={onLeave}>
          {link.label}
        </TextLink>
      ) : null}
    </p>
  );
}
