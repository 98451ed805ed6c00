// One saved import: when it runs, whom it takes, and with which options. New ones begin from an
// import that was just done, or from the usual choices.
import { Button, Field, Input, makeStyles, Select, Switch } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useId, useMemo, useState, type FormEvent, type ReactNode } from 'react';
import { api, fieldMessage, type ImportOptions, type ImportSchedule } from '../api';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { ButtonLink, TextLink } from '../shared/links';
import { PageHeader } from '../shared/PageHeader';
import { ProblemBar } from '../shared/ProblemBar';
import { ErrorState, SkeletonLines } from '../shared/states';
import { useToast } from '../shared/toast';
import { importQuery } from './queries';
import { draftProblems, homeZone, weekdays, zones, type DraftProblems, type ScheduleDraft } from './schedules';
import { schedulesKey } from './Schedules';
import { EntraOptionsForm } from './wizard/EntraOptionsForm';
import { EntraScopeForm } from './wizard/EntraScopeForm';
import { defaultEntra, scopeProblem } from './wizard/entra';
import { GroupsAndKeys } from './wizard/GroupsAndKeys';

const newRoute = getRouteApi('/shell/imports/schedules/new');
const editRoute = getRouteApi('/shell/imports/schedules/$id');

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '24px' },
  row: { display: 'flex', flexWrap: 'wrap', gap: '16px' },
  name: { maxWidth: '28rem' },
  short: { flex: '0 1 12rem' },
  zone: { flex: '1 1 14rem', maxWidth: '22rem' },
  fields: { display: 'flex', flexDirection: 'column', gap: '20px' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});

const usual: ImportOptions = {
  mode: 'both',
  groupIds: [],
  newGroups: [],
  assignKey: null,
  csv: null,
  entra: defaultEntra,
};

export function NewSchedulePage() {
  const { import: from } = newRoute.useSearch();
  const source = useQuery({ ...importQuery(from ?? ''), enabled: from !== undefined });
  const start: ScheduleDraft = {
    name: '',
    every: 'day',
    at: '02:30',
    weekday: 0,
    timeZone: homeZone(),
    enabled: true,
  };
  if (from !== undefined && source.isPending) return <Frame title="New schedule" />;
  return (
    <Frame title="New schedule">
      <ScheduleForm start={start} options={source.data?.options ?? usual} />
    </Frame>
  );
}

export function EditSchedulePage() {
  const { id } = editRoute.useParams();
  const list = useQuery({ queryKey: schedulesKey, queryFn: ({ signal }) => api.get('/import-schedules', { signal }) });
  const schedule = list.data?.items.find((candidate) => candidate.id === id);
  if (!schedule) {
    return (
      <Frame title="Schedule" error={list.data ? new Error('It may have been deleted. Go back to the list.') : list.error} />
    );
  }
  return (
    <Frame title={schedule.name}>
      <ScheduleForm start={schedule} options={schedule.options} schedule={schedule} />
    </Frame>
  );
}

function Frame({ title, error, children }: { title: string; error?: unknown; children?: ReactNode }) {
  return (
    <>
      <PageHeader
        title={title}
        above={
          <TextLink to="/imports" search={{ tab: 'schedules' }}>
            Schedules
          </TextLink>
        }
        description={title === 'New schedule' ? 'An import from Entra ID that runs by itself.' : undefined}
      />
      {children ?? <Card>{error ? <ErrorState error={error} /> : <SkeletonLines label="The schedule is loading" />}</Card>}
    </>
  );
}

interface FormProps {
  start: ScheduleDraft;
  options: ImportOptions;
  schedule?: ImportSchedule;
}

function ScheduleForm({ start, options: given, schedule }: FormProps) {
  const styles = useStyles();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const toast = useToast();
  const mayWrite = useCan('settingsWrite');
  const [draft, setDraft] = useState<ScheduleDraft>({
    name: start.name,
    every: start.every,
    at: start.at,
    weekday: start.weekday,
    timeZone: start.timeZone,
    enabled: start.enabled,
  });
  const [options, setOptions] = useState<ImportOptions>({ ...given, csv: null, entra: given.entra ?? defaultEntra });
  const [shown, setShown] = useState<DraftProblems>({});
  const [scopeWrong, setScopeWrong] = useState<string | null>(null);
  const entra = options.entra ?? defaultEntra;
  const change = (some: Partial<ScheduleDraft>) => {
    setDraft((current) => ({ ...current, ...some }));
    setShown({});
  };
  const save = useMutation({
    mutationFn: () => {
      const body = {
        ...draft,
        name: draft.name.trim(),
        // Of an hourly one only the minutes count; it runs on the hour.
        at: draft.every === 'hour' ? '00:00' : draft.at,
        weekday: draft.every === 'week' ? (draft.weekday ?? 0) : null,
        options,
      };
      return schedule
        ? api.patch('/import-schedules/{id}', { path: { id: schedule.id }, body, ifMatch: schedule.version })
        : api.post('/import-schedules', { body });
    },
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: schedulesKey });
      toast.success('Schedule saved', saved.name);
      void navigate({ to: '/imports', search: { tab: 'schedules' } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    const problems = draftProblems(draft);
    const wrong = scopeProblem(entra);
    setShown(problems);
    setScopeWrong(wrong);
    if (Object.keys(problems).length === 0 && wrong === null) save.mutate();
  };
  return (
    <form className={styles.root} onSubmit={submit} noValidate>
      <Card title="When">
        <Timing draft={draft} problems={shown} error={save.error} onChange={change} />
      </Card>
      <Card title="Whom">
        <EntraScopeForm
          value={entra}
          problem={scopeWrong ?? undefined}
          onChange={(some) => {
            setScopeWrong(null);
            setOptions({ ...options, entra: { ...entra, ...some } });
          }}
        />
      </Card>
      <Card title="How">
        <EntraOptionsForm
          mode={options.mode}
          entra={entra}
          onMode={(mode) => setOptions({ ...options, mode })}
          onEntra={(some) => setOptions({ ...options, entra: { ...entra, ...some } })}
        />
      </Card>
      <Card title="Groups and keys">
        <GroupsAndKeys options={options} scheduled onChange={(some) => setOptions({ ...options, ...some })} />
      </Card>
      <ProblemBar error={save.error} fields={['name', 'at', 'timeZone']} />
      {mayWrite ? (
        <div className={styles.buttons}>
          <Button type="submit" appearance="primary" disabledFocusable={save.isPending}>
            {save.isPending ? 'Saving…' : 'Save schedule'}
          </Button>
          <ButtonLink to="/imports" search={{ tab: 'schedules' }}>
            Cancel
          </ButtonLink>
        </div>
      ) : null}
    </form>
  );
}

interface TimingProps {
  draft: ScheduleDraft;
  problems: DraftProblems;
  error: unknown;
  onChange: (some: Partial<ScheduleDraft>) => void;
}

function Timing({ draft, problems, error, onChange }: TimingProps) {
  const styles = useStyles();
  const known = useMemo(zones, []);
  const listId = useId();
  return (
    <div className={styles.fields}>
      <Field
        className={styles.name}
        label="Name"
        required
        validationMessage={problems.name ?? fieldMessage(error, 'name')}
      >
        <Input value={draft.name} maxLength={100} autoComplete="off" onChange={(_, { value }) => onChange({ name: value })} />
      </Field>
      <div className={styles.row}>
        <Field className={styles.short} label="Runs">
          <Select
            value={draft.every}
            onChange={(_, { value }) => onChange({ every: value as ScheduleDraft['every'] })}
          >
            <option value="hour">Every hour</option>
            <option value="day">Every day</option>
            <option value="week">Every week</option>
          </Select>
        </Field>
        {draft.every === 'week' ? (
          <Field className={styles.short} label="On">
            <Select
              value={String(draft.weekday ?? 0)}
              onChange={(_, { value }) => onChange({ weekday: Number(value) })}
            >
              {weekdays.map((name, day) => (
                <option key={name} value={day}>
                  {name}
                </option>
              ))}
            </Select>
          </Field>
        ) : null}
        {draft.every !== 'hour' ? (
          <>
            <Field className={styles.short} label="At" validationMessage={problems.at ?? fieldMessage(error, 'at')}>
              <Input type="time" value={draft.at} onChange={(_, { value }) => onChange({ at: value })} />
            </Field>
            <Field
              className={styles.zone}
              label="Time zone"
              validationMessage={problems.timeZone ?? fieldMessage(error, 'timeZone')}
            >
              <Input
                value={draft.timeZone}
                list={listId}
                autoComplete="off"
                onChange={(_, { value }) => onChange({ timeZone: value })}
              />
            </Field>
            <datalist id={listId}>
              {known.map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        ) : null}
      </div>
      <Switch
        checked={draft.enabled}
        label={draft.enabled ? 'On' : 'Paused'}
        onChange={(_, { checked }) => onChange({ enabled: checked })}
      />
    </div>
  );
}
