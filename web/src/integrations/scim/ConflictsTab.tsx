// People whom the directory wanted to add and who are here already: linked one by one or all, or forgotten.
import {
  Button,
  makeStyles,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  mergeClasses,
  tokens,
} from '@fluentui/react-components';
import { Link20Regular, MoreHorizontal20Regular, ShieldPersonFilled } from '@fluentui/react-icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, type ScimConflict } from '../../api';
import { useCan } from '../../app/session';
import { Card } from '../../shared/Card';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { DataList, type Column } from '../../shared/DataList';
import { PersonLink } from '../../shared/PersonLink';
import { EmptyState } from '../../shared/states';
import { Badge } from '../../shared/StatusBadge';
import { Time } from '../../shared/Time';
import { useToast } from '../../shared/toast';
import { useListUrl } from '../../shared/useListUrl';
import type { ScimSearch } from './filters';
import { LinkDialog } from './LinkDialog';
import { scimKey, useRefreshScim } from './queries';

const route = getRouteApi('/shell/integrations/scim');

const useStyles = makeStyles({
  two: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: '4px', minWidth: 0, overflowWrap: 'anywhere' },
  strong: { fontWeight: tokens.fontWeightSemibold },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  actions: { display: 'flex', justifyContent: 'flex-end', gap: '4px' },
  why: { maxWidth: '30ch' },
});

function Sent({ conflict: { displayName, email, userName } }: { conflict: ScimConflict }) {
  const styles = useStyles();
  return (
    <span className={styles.two}>
      <span className={styles.strong}>{displayName ?? email ?? userName}</span>
      {email ? <span className={styles.faint}>{email}</span> : null}
      {userName === email ? null : <span className={styles.faint}>{userName}</span>}
    </span>
  );
}

function Here({ conflict: { user } }: { conflict: ScimConflict }) {
  const styles = useStyles();
  return (
    <span className={styles.two}>
      <PersonLink id={user.id} displayName={user.displayName} email={user.email} />
      {user.hasRole ? <RoleHolder /> : null}
    </span>
  );
}

function RoleHolder() {
  return (
    <Badge tone="warning" icon={<ShieldPersonFilled fontSize={16} aria-hidden />}>
      Holds a role
    </Badge>
  );
}

export function ConflictsTab({ count }: { count: number }) {
  const styles = useStyles();
  const search = route.useSearch();
  const url = useListUrl<ScimSearch>(search);
  const mayWrite = useCan('settingsWrite');
  const [linking, setLinking] = useState<ScimConflict | null>(null);
  const [forgetting, setForgetting] = useState<ScimConflict | null>(null);
  const [linkingAll, setLinkingAll] = useState(false);
  const list = useQuery({
    queryKey: [...scimKey, 'conflicts', search.cursor],
    queryFn: ({ signal }) => api.get('/integrations/scim/conflicts', { query: { cursor: search.cursor }, signal }),
    placeholderData: keepPreviousData,
  });
  const columns = useMemo<Column<ScimConflict>[]>(() => {
    const shown: Column<ScimConflict>[] = [
      { key: 'sent', header: 'The directory wants to add', primary: true, render: (conflict) => <Sent conflict={conflict} /> },
      { key: 'here', header: 'Already here', render: (conflict) => <Here conflict={conflict} /> },
      { key: 'same', header: 'The same', render: ({ reason }) => (reason === 'email' ? 'E-mail address' : 'User name') },
      { key: 'last', header: 'Last tried', render: ({ lastAt }) => <Time at={lastAt} /> },
    ];
    if (!mayWrite) return shown;
    return [
      ...shown,
      {
        key: 'actions',
        header: 'Actions',
        headerHidden: true,
        render: (conflict) => {
          const name = conflict.user.displayName;
          return (
            <span className={styles.actions}>
              {conflict.canLink ? (
                <Button icon={<Link20Regular />} aria-label={`Link ${name}`} onClick={() => setLinking(conflict)}>
                  Link
                </Button>
              ) : (
                <span className={mergeClasses(styles.faint, styles.why)}>{conflict.whyNot ?? 'Can’t be linked'}</span>
              )}
              <Menu>
                <MenuTrigger disableButtonEnhancement>
                  <Button appearance="subtle" icon={<MoreHorizontal20Regular />} aria-label={`Actions for ${name}`} />
                </MenuTrigger>
                <MenuPopover>
                  <MenuList>
                    <MenuItem onClick={() => setForgetting(conflict)}>Forget</MenuItem>
                  </MenuList>
                </MenuPopover>
              </Menu>
            </span>
          );
        },
      },
    ];
  }, [mayWrite, styles]);
  const several = (list.data?.items.length ?? 0) > 0;
  return (
    <>
      <Card
        flush
        title="Conflicts"
        description="People whom your directory wants to add, and who are here already. Nobody is taken over silently: link those who are the same person. People who hold a role are linked one by one only, since whoever runs the directory can then disable them."
        actions={
          mayWrite && several ? (
            <Button icon={<Link20Regular />} onClick={() => setLinkingAll(true)}>
              Link all
            </Button>
          ) : null
        }
      >
        <DataList
          label="Conflicts"
          columns={columns}
          items={list.data?.items}
          getKey={(conflict) => conflict.id}
          error={list.error}
          onRetry={() => void list.refetch()}
          stale={list.isPlaceholderData}
          pages={url.pages(list.data?.nextCursor)}
          empty={
            <EmptyState illustration="done" title="No conflict" level={3}>
              When your directory adds somebody who is here already, you decide about it here.
            </EmptyState>
          }
        />
      </Card>
      <LinkDialog conflict={linking} onClose={() => setLinking(null)} />
      <Forget conflict={forgetting} onClose={() => setForgetting(null)} />
      <LinkAll open={linkingAll} count={count} onClose={() => setLinkingAll(false)} />
    </>
  );
}

function Forget({ conflict, onClose }: { conflict: ScimConflict | null; onClose: () => void }) {
  const refresh = useRefreshScim();
  const toast = useToast();
  return (
    <ConfirmDialog
      open={conflict !== null}
      title={`Forget the conflict about ${conflict?.user.displayName ?? ''}?`}
      confirmLabel="Forget"
      onConfirm={async () => {
        if (!conflict) return;
        await api.del('/integrations/scim/conflicts/{id}', { path: { id: conflict.id } });
        await refresh();
        toast.success('Conflict forgotten');
      }}
      onClose={onClose}
    >
      The person here stays as they are. The conflict comes back when your directory tries again; take the person out of its
      scope there to end it.
    </ConfirmDialog>
  );
}

function LinkAll({ open, count, onClose }: { open: boolean; count: number; onClose: () => void }) {
  const refresh = useRefreshScim();
  const toast = useToast();
  return (
    <ConfirmDialog
      open={open}
      title={`Link all ${count.toLocaleString('en')} without a role?`.replace('all 1 ', 'the one ')}
      confirmLabel="Link all"
      onConfirm={async () => {
        const { linked, left } = await api.post('/integrations/scim/conflicts/link');
        await refresh();
        const people = `${linked.toLocaleString('en')} ${linked === 1 ? 'person was' : 'people were'} linked`;
        if (left === 0) toast.success(people);
        else toast.info(people, `${left.toLocaleString('en')} left: they hold a role or can’t be linked. Look at them one by one.`);
      }}
      onClose={onClose}
    >
      Each of them becomes SCIM’s: keys, groups and history are kept, the profile becomes what the directory sent and is changed
      there from now on, and the directory can disable and delete them. People who hold a role are left out.
    </ConfirmDialog>
  );
}
