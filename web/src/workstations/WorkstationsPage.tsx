// Workstations: the computers whose agent makes contactless cards security keys.
import {
  Button,
  makeStyles,
  Menu,
  MenuButton,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  tokens,
} from '@fluentui/react-components';
import {
  Add20Regular,
  Desktop20Regular,
  DesktopCheckmark20Regular,
  DesktopOff20Regular,
  Location16Filled,
  MoreHorizontal20Regular,
  Prohibited20Regular,
  Rename20Regular,
} from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Workstation } from '../api';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { DataList, type Column } from '../shared/DataList';
import { PageHeader } from '../shared/PageHeader';
import { PromptDialog } from '../shared/PromptDialog';
import { Badge } from '../shared/StatusBadge';
import { EmptyState } from '../shared/states';
import { Time } from '../shared/Time';
import { useToast } from '../shared/toast';
import { EnrolDialog } from './EnrolDialog';
import { rememberWorkstation, useRememberedWorkstation } from './here';
import { workstationsQuery } from './queries';
import { WorkstationBadge } from './WorkstationBadge';

const useStyles = makeStyles({
  name: { display: 'flex', alignItems: 'center', gap: '12px' },
  icon: {
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    flexShrink: 0,
    width: '32px',
    height: '32px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
    color: tokens.colorNeutralForeground2,
  },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  title: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 8px' },
  strong: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  readers: { display: 'flex', flexDirection: 'column', gap: '2px', overflowWrap: 'anywhere' },
});

type Dialog = { what: 'rename' | 'revoke'; workstation: Workstation };

export function WorkstationsPage() {
  const styles = useStyles();
  const toast = useToast();
  const queries = useQueryClient();
  const mayWrite = useCan('settingsWrite');
  const here = useRememberedWorkstation();
  const [enrolling, setEnrolling] = useState(false);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const list = useQuery(workstationsQuery);
  const refresh = () => queries.invalidateQueries({ queryKey: workstationsQuery.queryKey });
  const open = (what: Dialog['what']) => (dialog?.what === what ? dialog.workstation : undefined);
  const renaming = open('rename');
  const revoking = open('revoke');

  const columns: Column<Workstation>[] = [
    {
      key: 'name',
      header: 'Workstation',
      primary: true,
      render: ({ id, name, platform }) => (
        <span className={styles.name}>
          <span className={styles.icon}>
            <Desktop20Regular aria-hidden />
          </span>
          <span className={styles.words}>
            <span className={styles.title}>
              <span className={styles.strong}>{name}</span>
              {id === here ? (
                <Badge tone="fresh" icon={<Location16Filled aria-hidden />} title="Cards that you hand out are read here">
                  This one
                </Badge>
              ) : null}
            </span>
            <span className={styles.faint}>{platform}</span>
          </span>
        </span>
      ),
    },
    { key: 'state', header: 'State', render: ({ online }) => <WorkstationBadge online={online} /> },
    {
      key: 'readers',
      header: 'Readers',
      render: ({ online, readers }) =>
        readers.length > 0 ? (
          <span className={styles.readers}>
            {readers.map((reader) => (
              <span key={reader}>{reader}</span>
            ))}
          </span>
        ) : (
          <span className={styles.faint}>{online ? 'None plugged in' : 'Not known while it is away'}</span>
        ),
    },
    { key: 'version', header: 'Agent', render: ({ version }) => version },
    { key: 'seen', header: 'Last seen', render: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
    {
      key: 'enrolled',
      header: 'Enrolled',
      render: ({ enrolledAt, enrolledBy }) => (
        <span className={styles.words}>
          <Time at={enrolledAt} format="day" />
          <span className={styles.faint}>by {enrolledBy}</span>
        </span>
      ),
    },
    {
      key: 'actions',
      header: 'Actions',
      headerHidden: true,
      card: 'corner',
      width: '56px',
      render: (workstation) => (
        <Menu positioning={{ position: 'below', align: 'end' }}>
          <MenuTrigger disableButtonEnhancement>
            <MenuButton
              appearance="subtle"
              icon={<MoreHorizontal20Regular />}
              menuIcon={null}
              aria-label={`Actions for ${workstation.name}`}
            />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {workstation.id === here ? (
                <MenuItem icon={<DesktopOff20Regular />} onClick={() => rememberWorkstation(null)}>
                  I am not at this workstation
                </MenuItem>
              ) : (
                <MenuItem
                  icon={<DesktopCheckmark20Regular />}
                  onClick={() => {
                    rememberWorkstation(workstation.id);
                    toast.success(`${workstation.name} is this workstation`, 'This browser reads cards there from now on.');
                  }}
                >
                  I am at this workstation
                </MenuItem>
              )}
              {mayWrite ? (
                <>
                  <MenuItem icon={<Rename20Regular />} onClick={() => setDialog({ what: 'rename', workstation })}>
                    Rename
                  </MenuItem>
                  <MenuItem icon={<Prohibited20Regular />} onClick={() => setDialog({ what: 'revoke', workstation })}>
                    Revoke
                  </MenuItem>
                </>
              ) : null}
            </MenuList>
          </MenuPopover>
        </Menu>
      ),
    },
  ];
  const enrol = mayWrite ? (
    <Button appearance="primary" icon={<Add20Regular />} onClick={() => setEnrolling(true)}>
      Enrol a workstation
    </Button>
  ) : null;
  const any = (list.data?.items.length ?? 0) > 0;
  return (
    <>
      <PageHeader
        title="Workstations"
        description="Computers with a card reader and Keystead’s agent. On them a contactless card is a security key."
        actions={any ? enrol : null}
      />
      <Card flush>
        <DataList
          label="Workstations"
          columns={columns}
          items={list.data?.items}
          getKey={({ id }) => id}
          error={list.error}
          onRetry={() => void list.refetch()}
          empty={
            <EmptyState illustration="workstation" title="No workstation yet" actions={enrol}>
              Contactless cards need a reader and a small program, the agent, on each computer where they are used. To every
              browser there, the agent looks like a security key; it keeps no secrets of any card. Enrol the first one here.
            </EmptyState>
          }
        />
      </Card>
      <EnrolDialog
        open={enrolling}
        known={list.data?.items.map(({ id }) => id) ?? []}
        onClose={() => setEnrolling(false)}
      />
      <PromptDialog
        open={renaming !== undefined}
        title="Rename workstation"
        label="Name"
        field="name"
        initial={renaming?.name ?? ''}
        onSave={async (name) => {
          if (!renaming) return;
          await api.patch('/workstations/{id}', { path: { id: renaming.id }, body: { name } });
          await refresh();
          toast.success('Workstation renamed', `It is now called “${name}”.`);
        }}
        onClose={() => setDialog(null)}
      />
      <ConfirmDialog
        open={revoking !== undefined}
        danger
        title={`Revoke ${revoking?.name ?? ''}?`}
        confirmLabel="Revoke workstation"
        onConfirm={async () => {
          if (!revoking) return;
          await api.post('/workstations/{id}/revoke', { path: { id: revoking.id } });
          if (revoking.id === here) rememberWorkstation(null);
          await refresh();
          toast.success('Workstation revoked', `No card works at ${revoking.name} any more.`);
        }}
        onClose={() => setDialog(null)}
      >
        Its agent is cut off within seconds, and no card works there any more. The cards themselves go on working at other
        workstations. To use this one again it has to be enrolled anew.
      </ConfirmDialog>
    </>
  );
}
