// One import: at work, waiting for somebody's word, or done. It is the same page all the way, so that
// its address can be kept, sent on and loaded again.
import { Button, makeStyles } from '@fluentui/react-components';
import { getRouteApi } from '@tanstack/react-router';
import { useState, type FormEvent, type ReactNode } from 'react';
import type { Import } from '../api';
import { useCan } from '../app/session';
import { Card, Facts } from '../shared/Card';
import { ButtonLink, TextLink } from '../shared/links';
import { PageHeader } from '../shared/PageHeader';
import { PersonLink } from '../shared/PersonLink';
import { ProblemBar } from '../shared/ProblemBar';
import { EmptyState, ErrorState, SkeletonLines } from '../shared/states';
import { Time } from '../shared/Time';
import { CancelImport, DeleteDraft } from './CancelImport';
import { confirmLabel } from './confirm';
import { ConfirmList, useConfirmImport } from './Confirming';
import { failureWords } from './failure';
import type { RowsSearch } from './filters';
import { Plan } from './Plan';
import { isOpen, isRunning } from './progress';
import { Progress } from './Progress';
import { useImport } from './queries';
import { Report } from './Report';
import { ImportBadge } from './StateBadge';
import { modeNames, sourceNames } from './words';
import { scopeWords } from './wizard/entra';

const route = getRouteApi('/shell/imports/$id');

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '24px', minWidth: 0 },
  form: { display: 'flex', flexDirection: 'column', gap: '24px' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});

export function ImportPage() {
  const styles = useStyles();
  const { id } = route.useParams();
  const search = route.useSearch();
  const run = useImport(id);
  const mayRun = useCan('importsRun');
  const back = <TextLink to="/imports">Imports</TextLink>;
  if (!run.data) {
    return (
      <>
        <PageHeader title="Import" above={back} />
        <Card>
          {run.error ? (
            <ErrorState error={run.error} onRetry={() => void run.refetch()} />
          ) : (
            <SkeletonLines label="The import is loading" />
          )}
        </Card>
      </>
    );
  }
  const data = run.data;
  return (
    <>
      <PageHeader
        title={data.source === 'csv' ? data.name : 'Import from Entra ID'}
        above={back}
        beside={<ImportBadge run={data} />}
        actions={mayRun ? <Actions run={data} /> : null}
      />
      <div className={styles.root}>
        <Content run={data} search={search} mayRun={mayRun} />
        <About run={data} />
      </div>
    </>
  );
}

function Actions({ run }: { run: Import }) {
  const cancellable = run.state === 'ready' || (isRunning(run.state) && run.state !== 'undoing');
  return (
    <>
      {isOpen(run.state) ? <ResumeLink run={run} /> : null}
      {cancellable ? <CancelImport run={run} /> : null}
      {run.state === 'draft' ? <DeleteDraft run={run} /> : null}
    </>
  );
}

/** Back into the wizard it was begun in. */
export function ResumeLink({ run, primary }: { run: Import; primary?: boolean }) {
  const words = run.state === 'draft' ? 'Go on with it' : 'Change its options';
  const looks = primary ? ({ appearance: 'primary' } as const) : {};
  return run.source === 'csv' ? (
    <ButtonLink to="/imports/new/csv" search={{ import: run.id, step: run.state === 'draft' ? 'columns' : 'groups' }} {...looks}>
      {words}
    </ButtonLink>
  ) : (
    <ButtonLink to="/imports/new/entra" search={{ import: run.id, step: run.state === 'draft' ? 'groups' : 'options' }} {...looks}>
      {words}
    </ButtonLink>
  );
}

function Content({ run, search, mayRun }: { run: Import; search: RowsSearch; mayRun: boolean }) {
  switch (run.state) {
    case 'draft':
      return (
        <Card>
          <EmptyState
            illustration="import"
            title="This import is not planned yet"
            actions={mayRun ? <ResumeLink run={run} primary /> : null}
          >
            What was chosen so far is kept. Nothing changes before a plan was shown and confirmed.
          </EmptyState>
        </Card>
      );
    case 'reading':
    case 'planning':
    case 'applying':
    case 'undoing':
      return (
        <Card>
          <Progress run={run} />
        </Card>
      );
    case 'ready':
      return <Ready run={run} search={search} mayRun={mayRun} />;
    default:
      if (run.outcome) return <Report run={run} search={search} />;
      return (
        <Card>
          <EmptyState
            illustration={run.failure ? 'broken' : 'import'}
            title={run.failure ? 'The import was stopped; nothing was changed' : 'Cancelled before anything was changed'}
            actions={mayRun ? <AgainLink run={run} /> : null}
          >
            {run.failure ? failureWords(run.failure) : null}
          </EmptyState>
        </Card>
      );
  }
}

function AgainLink({ run }: { run: Import }) {
  return (
    <ButtonLink to={run.source === 'csv' ? '/imports/new/csv' : '/imports/new/entra'} appearance="primary">
      Start again
    </ButtonLink>
  );
}

function Ready({ run, search, mayRun }: { run: Import; search: RowsSearch; mayRun: boolean }) {
  const styles = useStyles();
  const confirm = useConfirmImport(run);
  const [approved, setApproved] = useState(false);
  const [missing, setMissing] = useState(false);
  if (!run.plan) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (confirm.isPending) return;
    const needed = run.approval.length > 0;
    setMissing(needed && !approved);
    if (!needed || approved) confirm.mutate(needed);
  };
  return (
    <>
      <Plan run={run} search={search} mayTick={mayRun} />
      {mayRun ? (
        <Card title="Confirm">
          <form className={styles.form} onSubmit={submit} noValidate>
            <ConfirmList run={run} approved={approved} onApprove={setApproved} approvalMissing={missing && !approved} />
            <ProblemBar error={confirm.error} />
            <div className={styles.buttons}>
              <Button type="submit" appearance="primary" disabledFocusable={confirm.isPending}>
                {confirm.isPending ? 'Starting…' : confirmLabel(run.plan)}
              </Button>
            </div>
          </form>
        </Card>
      ) : null}
    </>
  );
}

function About({ run }: { run: Import }) {
  const { options, startedBy } = run;
  const items: [string, ReactNode][] = [
    ['Source', run.source === 'csv' ? `${sourceNames.csv}: ${run.name}` : sourceNames.entra],
    [
      'Started by',
      startedBy.id ? <PersonLink key="by" plain id={startedBy.id} displayName={startedBy.name} /> : startedBy.name,
    ],
    ['Mode', modeNames[options.mode]],
  ];
  if (options.entra) items.push(['Whom', scopeWords(options.entra)]);
  const times = [
    ['Begun', run.createdAt],
    ['Planned', run.plannedAt],
    ['Confirmed', run.confirmedAt],
    ['Ended', run.endedAt],
  ] as const;
  for (const [label, at] of times) if (at) items.push([label, <Time key={label} at={at} format="full" />]);
  return (
    <Card title="About this import">
      <Facts items={items} />
    </Card>
  );
}
