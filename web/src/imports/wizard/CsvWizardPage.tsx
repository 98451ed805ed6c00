// The CSV wizard. What it works on is an import on the server, named in the URL with the step, so that
// it can be left, loaded again and come back to; nothing in it changes anybody before the last step.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Navigate, useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { api, asProblem, fieldMessage, Problem, upload, type CsvOptions, type Import } from '../../api';
import { Card } from '../../shared/Card';
import { ButtonLink, TextLink } from '../../shared/links';
import { PageHeader } from '../../shared/PageHeader';
import { ProblemBar } from '../../shared/ProblemBar';
import { ErrorState, SkeletonLines } from '../../shared/states';
import { Stepper } from '../../shared/Stepper';
import { WizardCard } from '../../shared/WizardCard';
import { confirmLabel } from '../confirm';
import { ConfirmList, useConfirmImport } from '../Confirming';
import { csvSteps, type CsvStep } from '../filters';
import { keepImport, previewQuery, useImport } from '../queries';
import { assignProblem, same } from './choices';
import { ColumnsStep } from './ColumnsStep';
import { columnsOf, columnsProblem, furthest, type Columns } from './csv';
import { FileStep } from './FileStep';
import { GroupsAndKeys, type Chosen } from './GroupsAndKeys';
import { PlanStep } from './PlanStep';
import { useSaveOptions } from './useSaveOptions';

const route = getRouteApi('/shell/imports/new/csv');

const names: Record<CsvStep, string> = {
  file: 'File',
  columns: 'Columns',
  groups: 'Groups',
  review: 'Review',
  confirm: 'Confirm',
};

export function CsvWizardPage() {
  const search = route.useSearch();
  const run = useImport(search.import);
  const preview = useQuery({ ...previewQuery(search.import ?? ''), enabled: search.import !== undefined });
  const noFile = preview.error instanceof Problem && preview.error.status >= 400 && preview.error.status < 500;
  const header = (
    <PageHeader
      title="Import from a CSV file"
      above={<TextLink to="/users/import">Import users</TextLink>}
      description="Nobody is added or changed before you have seen the plan and confirmed it."
    />
  );
  const failed = run.error ?? (noFile ? null : preview.error);
  if (search.import !== undefined && (!run.data || (!preview.data && !noFile))) {
    return (
      <>
        {header}
        <Card>
          {failed ? (
            <ErrorState error={failed} onRetry={() => void Promise.all([run.refetch(), preview.refetch()])} />
          ) : (
            <SkeletonLines label="The import is loading" />
          )}
        </Card>
      </>
    );
  }
  // What is being done or is done stands on the import's own page.
  if (run.data && ['applying', 'finished', 'cancelled', 'undoing', 'undone'].includes(run.data.state)) {
    return <Navigate to="/imports/$id" params={{ id: run.data.id }} replace />;
  }
  return (
    <>
      {header}
      <Wizard key={search.import ?? ''} run={run.data} />
    </>
  );
}

function Wizard({ run }: { run: Import | undefined }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const preview = useQuery({ ...previewQuery(run?.id ?? ''), enabled: run !== undefined }).data;
  const reached = furthest(run, preview);
  const wanted = search.step ?? 'file';
  const step = csvSteps.indexOf(wanted) <= csvSteps.indexOf(reached) ? wanted : reached;
  const go = (to: CsvStep, id = run?.id) => void navigate({ to: '/imports/new/csv', search: { import: id, step: to } });

  const [uploading, setUploading] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [typedColumns, setTypedColumns] = useState<Columns | null>(null);
  const [typed, setTyped] = useState<Partial<Chosen>>({});
  const [approved, setApproved] = useState(false);
  const save = useSaveOptions(run);
  const confirm = useConfirmImport(run);

  const send = useMutation({
    mutationFn: async (file: File) => {
      setUploading(0);
      setProblem(null);
      // What was chosen beside the file stays; an import that was stopped is over, and a new one begins.
      const open = run && (run.state === 'draft' || run.state === 'ready') ? run : null;
      const target = open ?? (await api.post('/imports', { body: { source: 'csv', fileName: file.name } }));
      const path = { id: target.id };
      const read = await upload('/imports/{id}/file', { path, query: { fileName: file.name }, file, onProgress: setUploading });
      return { read, after: await api.get('/imports/{id}', { path }) };
    },
    onSuccess: ({ read, after }) => {
      queries.setQueryData(previewQuery(after.id).queryKey, read);
      keepImport(queries, after);
      setTypedColumns(null);
      void navigate({ to: '/imports/new/csv', search: { import: after.id }, replace: run === undefined });
    },
    onError: (error) => setProblem(fieldMessage(error, 'file') ?? asProblem(error).detail),
    onSettled: () => setUploading(null),
  });

  const reread = useMutation({
    mutationFn: async (change: Partial<CsvOptions>) => {
      if (!run || !preview) return;
      const { encoding, delimiter, header } = preview;
      const path = { id: run.id };
      const after = await api.patch('/imports/{id}', { path, body: { csv: { encoding, delimiter, header, ...change } } });
      keepImport(queries, after);
      queries.setQueryData(previewQuery(run.id).queryKey, await api.get('/imports/{id}/preview', { path }));
      setTypedColumns(null);
    },
    onError: (error) => setProblem(fieldMessage(error, 'csv') ?? asProblem(error).detail),
    onMutate: () => setProblem(null),
  });

  const columns = typedColumns ?? (preview ? columnsOf(preview) : []);
  const saveColumns = async (): Promise<boolean> => {
    const wrong = columnsProblem(columns);
    setProblem(wrong);
    if (wrong !== null || !run || !preview) return false;
    if (!same(columns, columnsOf(preview))) {
      const { encoding, delimiter, header } = preview;
      await save.mutateAsync({ csv: { encoding, delimiter, header, columns: [...columns] } });
      await queries.invalidateQueries({ queryKey: previewQuery(run.id).queryKey });
    }
    return true;
  };
  const chosen: Chosen | null = run ? { ...run.options, ...typed } : null;
  const saveChosen = async (): Promise<boolean> => {
    if (!run || !chosen) return false;
    const wrong = assignProblem(chosen.assignKey);
    setProblem(wrong);
    if (wrong !== null) return false;
    const { groupIds, newGroups, assignKey } = chosen;
    const before = { groupIds: run.options.groupIds, newGroups: run.options.newGroups, assignKey: run.options.assignKey };
    if (!same({ groupIds, newGroups, assignKey }, before)) await save.mutateAsync({ groupIds, newGroups, assignKey });
    return true;
  };
  /** Keeps what was chosen in the step that is being left; false stays in it. */
  const leaveStep = async (): Promise<boolean> => {
    try {
      if (step === 'columns') return await saveColumns();
      if (step === 'groups') return await saveChosen();
      return true;
    } catch {
      // Shown above the buttons.
      return false;
    }
  };
  const advance = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (step === 'file' && !preview) {
      setProblem('Choose a file first.');
    } else if (step === 'review' && run?.state !== 'ready') {
      setProblem(run?.state === 'failed' ? 'Go back and choose another file.' : 'The plan is still being made. Wait a moment.');
    } else if (step === 'confirm') {
      const needed = (run?.approval.length ?? 0) > 0;
      setProblem(needed && !approved ? 'approval' : null);
      if (!needed || approved) confirm.mutate(needed, { onSuccess: (after) => after.state === 'planning' && go('review') });
    } else if (await leaveStep()) {
      go(csvSteps[csvSteps.indexOf(step) + 1] as CsvStep);
    }
  };
  const goTo = async (to: CsvStep) => {
    setProblem(null);
    // Going back keeps what can be kept; going on needs it to be right.
    const kept = await leaveStep();
    if (kept || csvSteps.indexOf(to) < csvSteps.indexOf(step)) {
      setProblem(null);
      go(to);
    }
  };

  const busy = uploading !== null || reread.isPending || save.isPending || confirm.isPending;
  const plan = run?.plan;
  return (
    <>
      <Stepper steps={csvSteps} names={names} current={step} reached={reached} onGo={(to) => void goTo(to)} />
      <form onSubmit={(event) => void advance(event)} noValidate>
        <WizardCard
          steps={csvSteps}
          names={names}
          step={step}
          leave={
            <ButtonLink to={run ? '/imports' : '/users/import'} appearance="subtle">
              {run ? 'Finish later' : 'Cancel'}
            </ButtonLink>
          }
          onBack={step === 'file' ? undefined : () => void goTo(csvSteps[csvSteps.indexOf(step) - 1] as CsvStep)}
          next={step === 'confirm' && plan ? (confirm.isPending ? 'Starting…' : confirmLabel(plan)) : step === 'review' ? 'Go on to confirm' : 'Next'}
          busy={busy || (step === 'review' && run?.state !== 'ready')}
          failure={<ProblemBar error={save.error ?? confirm.error} />}
        >
          {step === 'file' && (
            <FileStep
              preview={preview}
              uploading={uploading}
              problem={problem}
              reading={reread.isPending}
              onFile={(file) => send.mutate(file)}
              onChange={(change) => reread.mutate(change)}
            />
          )}
          {step === 'columns' && preview && (
            <ColumnsStep
              preview={preview}
              columns={columns}
              problem={problem}
              onChange={(next) => {
                setProblem(null);
                setTypedColumns(next);
              }}
            />
          )}
          {step === 'groups' && chosen && (
            <GroupsAndKeys
              options={chosen}
              onChange={(change) => {
                setProblem(null);
                setTyped({ ...typed, ...change });
              }}
            />
          )}
          {step === 'review' && run && (
            <PlanStep run={run} search={search} saving={save.isPending} onMode={(mode) => save.mutate({ mode })} />
          )}
          {step === 'confirm' && run && (
            <ConfirmList
              run={run}
              approved={approved}
              onApprove={setApproved}
              approvalMissing={problem === 'approval' && !approved}
            />
          )}
        </WizardCard>
      </form>
    </>
  );
}
