// The imports that run by themselves: when, with what result the last time, and what can be done now.
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
import { Add20Regular, CalendarClock16Filled, MoreHorizontal20Regular, PauseCircle16Filled } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, type ImportSchedule } from '../api';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { DataList, type Column } from '../shared/DataList';
import { ButtonLink, TextLink } from '../shared/links';
import { EmptyState } from '../shared/states';
import { Badge } from '../shared/StatusBadge';
import { Time } from '../shared/Time';
import { useToast } from '../shared/toast';
import { keepImport } from './queries';
import { homeZone, momentWords, timingWords } from './schedules';
import { scopeWords } from './wizard/entra';
import { stateNames } from './words';

export const schedulesKey = ['import-schedules'] as const;

const useStyles = makeStyles({
  two: { display: 'flex', flexDirection: 'column' },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

export function Schedules() {
  const mayWrite = useCan('settingsWrite');
  const [deleting, setDeleting] = useState<ImportSchedule | null>(null);
  const list = useQuery({ queryKey: schedulesKey, queryFn: ({ signal }) => api.get('/import-schedules', { signal }) });
  const columns = useMemo(() => scheduleColumns(mayWrite ? setDeleting : undefined), [mayWrite]);
  const add = mayWrite ? (
    <ButtonLink to="/imports/schedules/new" icon={<Add20Regular />}>
      New schedule
    </ButtonLink>
  ) : null;
  return (
    <>
      <Card
        flush
        title="Imports that run by themselves"
        description="Each run reads Entra ID anew. One that would do something unusual stops and waits for approval."
        actions={list.data && list.data.items.length > 0 ? add : null}
      >
        <DataList
          label="Schedules"
          columns={columns}
          items={list.data?.items}
          getKey={(schedule) => schedule.id}
          error={list.error}
          onRetry={() => void list.refetch()}
          empty={
            <EmptyState illustration="clock" title="Nothing runs by itself yet" level={3} actions={add}>
              Let people who join, change and leave in Entra ID be taken over each hour, day or week.
            </EmptyState>
          }
        />
      </Card>
      <DeleteSchedule schedule={deleting} onClose={() => setDeleting(null)} />
    </>
  );
}

function scheduleColumns(onDelete: ((schedule: ImportSchedule) => void) | undefined): Column<ImportSchedule>[] {
  const columns: Column<ImportSchedule>[] = [
    { key: 'name', header: 'Schedule', primary: true, render: (schedule) => <Name schedule={schedule} /> },
    {
      key: 'state',
      header: 'State',
      card: 'corner',
      render: ({ enabled }) =>
        enabled ? (
          <Badge tone="good" icon={<CalendarClock16Filled aria-hidden />}>
            On
          </Badge>
        ) : (
          <Badge tone="off" icon={<PauseCircle16Filled aria-hidden />}>
            Paused
          </Badge>
        ),
    },
    { key: 'timing', header: 'Runs', render: (schedule) => timingWords(schedule) },
    { key: 'next', header: 'Next run', render: (schedule) => <Next schedule={schedule} /> },
    {
      key: 'last',
      header: 'Last run',
      render: ({ lastImportId, lastState }) =>
        lastImportId ? (
          <TextLink to="/imports/$id" params={{ id: lastImportId }}>
            {lastState ? stateNames[lastState] : 'Look at it'}
          </TextLink>
        ) : (
          'Never'
        ),
    },
  ];
  if (onDelete) {
    columns.push({
      key: 'actions',
      header: 'Actions',
      headerHidden: true,
      card: 'corner',
      width: '56px',
      render: (schedule) => <ScheduleMenu schedule={schedule} onDelete={() => onDelete(schedule)} />,
    });
  }
  return columns;
}

function Name({ schedule }: { schedule: ImportSchedule }) {
  const styles = useStyles();
  return (
    <span className={styles.two}>
      <TextLink to="/imports/schedules/$id" params={{ id: schedule.id }}>
        <strong>{schedule.name}</strong>
      </TextLink>
      {schedule.options.entra ? <span className={styles.faint}>{scopeWords(schedule.options.entra)}</span> : null}
    </span>
  );
}

/** On the clock of the schedule, and on the viewer's where that is another. */
function Next({ schedule: { nextRunAt, enabled, timeZone } }: { schedule: ImportSchedule }) {
  const styles = useStyles();
  if (!enabled || !nextRunAt) return enabled ? '–' : 'Paused';
  const there = momentWords(nextRunAt, timeZone);
  const here = momentWords(nextRunAt, undefined);
  return (
    <span className={styles.two}>
      <span>
        {there} {timeZone === homeZone() ? '' : `in ${timeZone}`}
      </span>
      <span className={styles.faint}>
        {there === here ? <Time at={nextRunAt} /> : `For you: ${here}`}
      </span>
    </span>
  );
}

function ScheduleMenu({ schedule, onDelete }: { schedule: ImportSchedule; onDelete: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const mayRun = useCan('importsRun');
  const refresh = () => queries.invalidateQueries({ queryKey: schedulesKey });
  const run = useMutation({
    mutationFn: () => api.post('/import-schedules/{id}/run', { path: { id: schedule.id } }),
    onSuccess: (started) => {
      keepImport(queries, started);
      void refresh();
      void navigate({ to: '/imports/$id', params: { id: started.id } });
    },
    onError: (error) => toast.failure(error),
  });
  const pause = useMutation({
    mutationFn: () =>
      api.patch('/import-schedules/{id}', {
        path: { id: schedule.id },
        body: { enabled: !schedule.enabled },
        ifMatch: schedule.version,
      }),
    onSuccess: () => {
      toast.success(schedule.enabled ? 'Schedule paused' : 'Schedule turned on', schedule.name);
    },
    onError: (error) => toast.failure(error),
    onSettled: refresh,
  });
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<MoreHorizontal20Regular />} aria-label={`Actions for ${schedule.name}`} />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {mayRun ? (
            <MenuItem disabled={run.isPending} onClick={() => run.mutate()}>
              Run now
            </MenuItem>
          ) : null}
          <MenuItem
            onClick={() => void navigate({ to: '/imports/schedules/$id', params: { id: schedule.id } })}
          >
            Edit
          </MenuItem>
          <MenuItem disabled={pause.isPending} onClick={() => pause.mutate()}>
            {schedule.enabled ? 'Pause' : 'Turn on'}
          </MenuItem>
          <MenuItem onClick={onDelete}>Delete</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function DeleteSchedule({ schedule, onClose }: { schedule: ImportSchedule | null; onClose: () => void }) {
  const queries = useQueryClient();
  const toast = useToast();
  return (
    <ConfirmDialog
      open={schedule !== null}
      danger
      title={`Delete “${schedule?.name ?? ''}”?`}
      confirmLabel="Delete schedule"
      onConfirm={async () => {
        if (!schedule) return;
        await api.del('/import-schedules/{id}', { path: { id: schedule.id }, ifMatch: schedule.version });
        await queries.invalidateQueries({ queryKey: schedulesKey });
        toast.success('Schedule deleted', schedule.name);
      }}
      onClose={onClose}
    >
      It does not run any more. People who were imported by it stay, and so do the reports of its runs.
    </ConfirmDialog>
  );
}
