// The Entra ID wizard, built like the one for files: an import on the server, named in the URL with
// the step, that changes nobody before the last step.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Navigate, useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { api, type EntraConnection, type EntraOptions, type Import, type ImportMode } from '../../api';
import { entraQuery } from '../../integrations/entraQuery';
import { Card } from '../../shared/Card';
import { ButtonLink, TextLink } from '../../shared/links';
import { PageHeader } from '../../shared/PageHeader';
import { ProblemBar } from '../../shared/ProblemBar';
import { ErrorState, SkeletonLines } from '../../shared/states';
import { Stepper } from '../../shared/Stepper';
import { WizardCard } from '../../shared/WizardCard';
import { confirmLabel } from '../confirm';
import { ConfirmList, useConfirmImport } from '../Confirming';
import { entraSteps, type EntraStep } from '../filters';
import { keepImport, useImport } from '../queries';
import { assignProblem, same } from './choices';
import { ConnectionStep } from './ConnectionStep';
import { defaultEntra, furthest, scopeProblem } from './entra';
import { EntraOptionsForm } from './EntraOptionsForm';
import { EntraScopeForm } from './EntraScopeForm';
import { GroupsAndKeys, type Chosen } from './GroupsAndKeys';
import { PlanStep } from './PlanStep';
import { useSaveOptions } from './useSaveOptions';

const route = getRouteApi('/shell/imports/new/entra');

const names: Record<EntraStep, string> = {
  connection: 'Connection',
  groups: 'Groups',
  options: 'Options',
  review: 'Review',
  confirm: 'Confirm',
};

export function EntraWizardPage() {
  const search = route.useSearch();
  const connection = useQuery(entraQuery);
  const run = useImport(search.import);
  const header = (
    <PageHeader
      title="Import from Entra ID"
      above={<TextLink to="/users/import">Import users</TextLink>}
      description="Nobody is added or changed before you have seen the plan and confirmed it."
    />
  );
  if (!connection.data || (search.import !== undefined && !run.data)) {
    const failed = connection.error ?? run.error;
    return (
      <>
        {header}
        <Card>
          {failed ? (
            <ErrorState error={failed} onRetry={() => void Promise.all([connection.refetch(), search.import && run.refetch()])} />
          ) : (
            <SkeletonLines label="The connection is being looked at" />
          )}
        </Card>
      </>
    );
  }
  if (run.data && ['applying', 'finished', 'cancelled', 'undoing', 'undone'].includes(run.data.state)) {
    return <Navigate to="/imports/$id" params={{ id: run.data.id }} replace />;
  }
  return (
    <>
      {header}
      <Wizard key={search.import ?? ''} run={run.data} connection={connection.data} />
    </>
  );
}

interface Typed extends Partial<Chosen> {
  mode?: ImportMode;
  entra?: EntraOptions;
}

function Wizard({ run, connection }: { run: Import | undefined; connection: EntraConnection }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const reached = furthest(connection, run);
  const wanted = search.step ?? 'connection';
  const step = entraSteps.indexOf(wanted) <= entraSteps.indexOf(reached) ? wanted : reached;
  const go = (to: EntraStep, id = run?.id) =>
    void navigate({ to: '/imports/new/entra', search: { import: id, step: to }, replace: id !== run?.id });

  const [problem, setProblem] = useState<string | null>(null);
  const [typed, setTyped] = useState<Typed>({});
  const [approved, setApproved] = useState(false);
  const save = useSaveOptions(run);
  const confirm = useConfirmImport(run);
  const begin = useMutation({
    mutationFn: () => api.post('/imports', { body: { source: 'entra' } }),
    onSuccess: (draft) => {
      keepImport(queries, draft);
      go('groups', draft.id);
    },
  });

  const options = run ? { ...run.options, ...typed } : null;
  const entra = options?.entra ?? defaultEntra;
  const type = (change: Typed) => {
    setProblem(null);
    setTyped({ ...typed, ...change });
  };
  const keep = async (): Promise<boolean> => {
    if (!run || !options || (step !== 'groups' && step !== 'options')) return true;
    const wrong = step === 'groups' ? scopeProblem(entra) : assignProblem(options.assignKey);
    setProblem(wrong);
    if (wrong !== null) return false;
    const { mode, groupIds, newGroups, assignKey } = options;
    const { options: before } = run;
    const now = { mode, groupIds, newGroups, assignKey, entra };
    if (same(now, { mode: before.mode, groupIds: before.groupIds, newGroups: before.newGroups, assignKey: before.assignKey, entra: before.entra })) {
      return true;
    }
    try {
      await save.mutateAsync(now);
      setTyped({});
      return true;
    } catch {
      // Shown above the buttons.
      return false;
    }
  };
  const advance = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (step === 'connection') {
      if (connection.state !== 'working') setProblem('Entra ID has to be connected first.');
      else if (run) go('groups');
      else begin.mutate();
    } else if (step === 'review' && run?.state !== 'ready') {
      setProblem('The plan is still being made. Wait a moment.');
    } else if (step === 'confirm') {
      const needed = (run?.approval.length ?? 0) > 0;
      setProblem(needed && !approved ? 'approval' : null);
      if (!needed || approved) confirm.mutate(needed, { onSuccess: (after) => after.state === 'planning' && go('review') });
    } else if (await keep()) {
      go(entraSteps[entraSteps.indexOf(step) + 1] as EntraStep);
    }
  };
  const goTo = async (to: EntraStep) => {
    const kept = await keep();
    if (kept || entraSteps.indexOf(to) < entraSteps.indexOf(step)) {
      setProblem(null);
      go(to);
    }
  };
  const busy = begin.isPending || save.isPending || confirm.isPending;
  const unconnected = step === 'connection' && connection.state !== 'working';
  const plan = run?.plan;
  return (
    <>
      <Stepper steps={entraSteps} names={names} current={step} reached={reached} onGo={(to) => void goTo(to)} />
      <form onSubmit={(event) => void advance(event)} noValidate>
        <WizardCard
          steps={entraSteps}
          names={names}
          step={step}
          leave={
            <ButtonLink to={run ? '/imports' : '/users/import'} appearance="subtle">
              {run ? 'Finish later' : 'Cancel'}
            </ButtonLink>
          }
          onBack={step === 'connection' ? undefined : () => void goTo(entraSteps[entraSteps.indexOf(step) - 1] as EntraStep)}
          next={step === 'confirm' && plan ? (confirm.isPending ? 'Starting…' : confirmLabel(plan)) : step === 'review' ? 'Go on to confirm' : 'Next'}
          busy={busy || unconnected || (step === 'review' && run?.state !== 'ready')}
          failure={<ProblemBar error={begin.error ?? save.error ?? confirm.error} />}
        >
          {step === 'connection' && <ConnectionStep connection={connection} />}
          {step === 'groups' && (
            <EntraScopeForm
              value={entra}
              problem={problem ?? undefined}
              onChange={(change) => type({ entra: { ...entra, ...change } })}
            />
          )}
          {step === 'options' && options && (
            <>
              <EntraOptionsForm
                mode={options.mode}
                entra={entra}
                onMode={(mode) => type({ mode })}
                onEntra={(change) => type({ entra: { ...entra, ...change } })}
              />
              <Gap />
              <GroupsAndKeys options={options} onChange={type} />
            </>
          )}
          {step === 'review' && run && (
            <PlanStep
              run={run}
              search={search}
              saving={save.isPending}
              onTakeUngrouped={
                entra.scope === 'allGroups' && !entra.includeUngrouped
                  ? () => save.mutate({ entra: { ...entra, includeUngrouped: true } })
                  : undefined
              }
            />
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

function Gap() {
  return <div style={{ height: '32px' }} aria-hidden />;
}
