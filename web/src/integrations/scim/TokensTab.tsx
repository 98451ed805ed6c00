// The secrets that directories call with: several may live at once, so that one is replaced without a pause.
import {
  Button,
  makeStyles,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  tokens,
} from '@fluentui/react-components';
import { Add20Regular, CheckmarkCircle16Filled, Clock16Filled, MoreHorizontal20Regular, TimerOffFilled } from '@fluentui/react-icons';
import { useMemo, useState } from 'react';
import { api, type ScimIntegration, type ScimToken } from '../../api';
import { useCan } from '../../app/session';
import { Card } from '../../shared/Card';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { DataList, type Column } from '../../shared/DataList';
import { EmptyState } from '../../shared/states';
import { Badge } from '../../shared/StatusBadge';
import { Time } from '../../shared/Time';
import { relativeWords } from '../../shared/time';
import { useToast } from '../../shared/toast';
import { expiry } from '../connection';
import { NewTokenDialog, type NewSecret } from './NewTokenDialog';
import { useRefreshScim } from './queries';

const useStyles = makeStyles({
  two: { display: 'flex', flexDirection: 'column', overflowWrap: 'anywhere' },
  name: { fontWeight: tokens.fontWeightSemibold },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  code: { fontFamily: 'ui-monospace, monospace' },
});

const kindNames: Record<ScimToken['kind'], string> = { token: 'Secret token', client: 'OAuth 2.0 client' };

function Name({ token }: { token: ScimToken }) {
  const styles = useStyles();
  return (
    <span className={styles.two}>
      <span className={styles.name}>{token.name}</span>
      <span className={styles.faint}>
        {kindNames[token.kind]}
        {token.clientId ? (
          <>
            {' '}
            <code className={styles.code}>{token.clientId}</code>
          </>
        ) : null}
      </span>
    </span>
  );
}

function StateBadge({ token }: { token: ScimToken }) {
  switch (expiry(token.expiresAt)) {
    case 'over':
      return (
        <Badge tone="off" icon={<TimerOffFilled fontSize={16} aria-hidden />}>
          Expired
        </Badge>
      );
    case 'soon':
      return (
        <Badge tone="warning" icon={<Clock16Filled aria-hidden />}>
          Runs out {relativeWords(token.expiresAt)}
        </Badge>
      );
    default:
      return (
        <Badge tone="good" icon={<CheckmarkCircle16Filled aria-hidden />}>
          Works
        </Badge>
      );
  }
}

function Networks({ networks }: { networks: string[] }) {
  const styles = useStyles();
  if (networks.length === 0) return <span className={styles.faint}>Any</span>;
  const [first, ...more] = networks;
  return (
    <span className={styles.two} title={networks.join(', ')}>
      <span>{first}</span>
      {more.length > 0 ? <span className={styles.faint}>and {more.length} more</span> : null}
    </span>
  );
}

export function TokensTab({ scim, tokens: secrets }: { scim: ScimIntegration; tokens: ScimToken[] }) {
  const mayWrite = useCan('settingsWrite');
  const [making, setMaking] = useState<NewSecret | null>(null);
  const [revoking, setRevoking] = useState<ScimToken | null>(null);
  const columns = useMemo<Column<ScimToken>[]>(() => {
    const shown: Column<ScimToken>[] = [
      { key: 'name', header: 'Name', primary: true, render: (token) => <Name token={token} /> },
      { key: 'state', header: 'State', card: 'corner', render: (token) => <StateBadge token={token} /> },
      { key: 'expires', header: 'Expires', render: (token) => <Time at={token.expiresAt} format="day" /> },
      { key: 'used', header: 'Last used', render: (token) => <Time at={token.lastUsedAt} /> },
      { key: 'networks', header: 'Allowed networks', render: (token) => <Networks networks={token.networks} /> },
      { key: 'by', header: 'Made by', render: (token) => token.createdBy ?? 'Command line' },
    ];
    if (!mayWrite) return shown;
    return [
      ...shown,
      {
        key: 'actions',
        header: 'Actions',
        headerHidden: true,
        card: 'corner',
        width: '64px',
        render: (token) => (
          <Menu>
            <MenuTrigger disableButtonEnhancement>
              <Button appearance="subtle" icon={<MoreHorizontal20Regular />} aria-label={`Actions for ${token.name}`} />
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItem onClick={() => setMaking({ kind: token.kind, instead: token })}>Replace by a new one</MenuItem>
                <MenuItem onClick={() => setRevoking(token)}>Revoke</MenuItem>
              </MenuList>
            </MenuPopover>
          </Menu>
        ),
      },
    ];
  }, [mayWrite]);
  const first = secrets.length === 0 && scim.lastRequestAt === null;
  const add = mayWrite ? (
    <Button appearance="primary" icon={<Add20Regular />} onClick={() => setMaking({ kind: 'token', first })}>
      {first ? 'Switch on' : 'New token'}
    </Button>
  ) : null;
  return (
    <>
      <Card
        flush
        title="Tokens"
        description="What your directory calls with. To replace one, make the next, enter it in the directory, then revoke the old: both work meanwhile."
        actions={secrets.length > 0 ? add : null}
      >
        <DataList
          label="Tokens"
          columns={columns}
          items={secrets}
          getKey={(token) => token.id}
          empty={
            <EmptyState illustration="keys" title="No token yet" level={3} actions={add}>
              A directory needs one to be let in.
            </EmptyState>
          }
        />
      </Card>
      <NewTokenDialog wanted={making} scim={scim} taken={secrets.map(({ name }) => name)} onClose={() => setMaking(null)} />
      <Revoke token={revoking} left={secrets.length - 1} onClose={() => setRevoking(null)} />
    </>
  );
}

function Revoke({ token, left, onClose }: { token: ScimToken | null; left: number; onClose: () => void }) {
  const refresh = useRefreshScim();
  const toast = useToast();
  return (
    <ConfirmDialog
      open={token !== null}
      danger
      title={`Revoke “${token?.name ?? ''}”?`}
      confirmLabel="Revoke token"
      onConfirm={async () => {
        if (!token) return;
        await api.del('/integrations/scim/tokens/{id}', { path: { id: token.id } });
        await refresh();
        toast.success('Token revoked', `“${token.name}” opens nothing any more.`);
      }}
      onClose={onClose}
    >
      A directory that calls with it is refused from this second. That can’t be undone.{' '}
      {token?.lastUsedAt ? (
        <>
          It was last used <Time at={token.lastUsedAt} />.
        </>
      ) : (
        'It was never used.'
      )}{' '}
      {left === 0 ? 'It is the last one: nobody will be added, changed or disabled until you make another.' : null}
    </ConfirmDialog>
  );
}
