// What became of an import: the counts, what did not go through to take along, and its undoing.
import { Button, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, tokens, typographyStyles } from '@fluentui/react-components';
import { ArrowDownload20Regular, ArrowUndo20Regular, CalendarClock20Regular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, downloadUrl, type Import, type RowResult } from '../api';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { Illustration } from '../shared/illustrations';
import { ButtonLink } from '../shared/links';
import { expiryWords } from '../shared/time';
import { useListUrl } from '../shared/useListUrl';
import { Counts } from './Counts';
import type { RowsSearch } from './filters';
import { GroupChanges } from './GroupChanges';
import { keepImport } from './queries';
import { RowsTable } from './RowsTable';
import { ResultBadge } from './StateBadge';
import { changed, changedAnything, outcomeWords, people, results } from './words';

const meanings: Record<RowResult, string> = {
  created: 'They are new here.',
  updated: 'They got other values.',
  deactivated: 'They can’t sign in any more.',
  unchanged: 'They had the same values.',
  skipped: 'Left out by the plan.',
  failed: 'They did not go through.',
};

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '20px', minWidth: 0 },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalL },
  title: { ...typographyStyles.title3, margin: 0, overflowWrap: 'anywhere' },
  words: { margin: '4px 0 0', color: tokens.colorNeutralForeground3, maxWidth: '68ch' },
  text: { flex: '1 1 20rem', minWidth: 0 },
  actions: { display: 'flex', flexWrap: 'wrap', gap: '8px', marginTop: '20px' },
  bar: { paddingTop: '8px', paddingBottom: '8px' },
});

export function Report({ run, search }: { run: Import; search: RowsSearch }) {
  const styles = useStyles();
  const url = useListUrl<RowsSearch>(search);
  const mayRun = useCan('importsRun');
  const mayPlan = useCan('settingsWrite');
  const { outcome } = run;
  if (!outcome) return null;
  const notThrough = outcome.failed + outcome.skipped + (run.plan?.rejected ?? 0) + (run.plan?.conflict ?? 0) > 0;
  return (
    <div className={styles.root}>
      <Card>
        <div className={styles.head}>
          <Illustration name={headIllustration(run)} />
          <div className={styles.text}>
            <h2 className={styles.title}>{headline(run)}</h2>
            <p className={styles.words}>{explanation(run)}</p>
          </div>
        </div>
        <div className={styles.actions}>
          {notThrough ? (
            <Button as="a" href={downloadUrl(`/imports/${run.id}/failed.csv`, {})} download icon={<ArrowDownload20Regular />}>
              Download what did not go through
            </Button>
          ) : null}
          {run.source === 'entra' && mayPlan ? (
            <ButtonLink to="/imports/schedules/new" search={{ import: run.id }} icon={<CalendarClock20Regular />}>
              Run it on a schedule
            </ButtonLink>
          ) : null}
          {mayRun ? <Undo run={run} /> : null}
        </div>
      </Card>
      {run.state === 'undone' && run.undo && run.undo.left > 0 ? (
        <MessageBar intent="info" layout="multiline" className={styles.bar}>
          <MessageBarBody>
            <MessageBarTitle>{people(run.undo.left)} stayed as they are. </MessageBarTitle>
            They have used Keystead since, or somebody has changed them. Their rows say so below.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {run.state === 'undone' && run.undo && run.undo.membershipsLeft > 0 ? (
        <MessageBar intent="warning" layout="multiline" className={styles.bar}>
          <MessageBarBody>
            <MessageBarTitle>
              {run.undo.membershipsLeft === 1 ? 'One membership' : `${run.undo.membershipsLeft.toLocaleString('en')} memberships`} of groups
              that grant a role stayed.{' '}
            </MessageBarTitle>
            An undoing takes nobody’s role away and gives nobody one. The groups below say whose; an owner changes them by hand.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <Counts<RowResult>
        label="The report in numbers"
        counts={results
          .filter((result) => outcome[result] > 0 || !(result === 'deactivated' && run.source === 'csv'))
          .map((result) => ({
            key: result,
            badge: <ResultBadge result={result} />,
            count: outcome[result],
            meaning: meanings[result],
          }))}
        chosen={search.result}
        onChoose={(result) => url.set({ result })}
      />
      {run.options.entra?.takeGroups ? <GroupChanges run={run} /> : null}
      <Card flush>
        <RowsTable run={run} search={search} mayTick={false} />
      </Card>
    </div>
  );
}

function headIllustration(run: Import) {
  if (run.state === 'undone' || !run.outcome || !changedAnything(run.outcome)) return 'activity';
  return run.state === 'finished' && run.outcome.failed === 0 ? 'done' : 'people';
}

function headline(run: Import): string {
  if (!run.outcome) return '';
  const words = outcomeWords(run.outcome);
  switch (run.state) {
    case 'cancelled':
      return `Cancelled after ${people(changed(run.outcome))}`;
    case 'undone':
      return changed(run.outcome) === 0 ? 'Undone: groups and memberships' : `Undone: ${people(run.undo?.reverted ?? 0)}`;
    case 'failed':
      return `Stopped after ${people(changed(run.outcome))}`;
    default:
      return words;
  }
}

function explanation(run: Import): string {
  if (!run.outcome) return '';
  switch (run.state) {
    case 'cancelled':
      return `${outcomeWords(run.outcome)} before it was cancelled. The others were not touched.`;
    case 'undone':
      return 'People and groups that the import had added are gone again, and changed values and memberships are what they were before.';
    case 'failed':
      return `${outcomeWords(run.outcome)} before it stopped.${run.failure ? ` ${run.failure.message}` : ''}`;
    default:
      if (!changedAnything(run.outcome) && run.outcome.failed === 0) {
        return 'Everybody was here with the same values, or was left out. The rows below say why.';
      }
      return run.outcome.failed > 0
        ? 'The rows that failed say why below. Mend them at the source and import again: who went through is not imported twice.'
        : 'Each person and what became of them stands below.';
  }
}

function Undo({ run }: { run: Import }) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const until = run.undo?.possibleUntil ?? null;
  if (until === null || Date.parse(until) <= Date.now() || !run.outcome || !changedAnything(run.outcome)) return null;
  return (
    <>
      <Button icon={<ArrowUndo20Regular />} onClick={() => setAsking(true)}>
        Undo this import
      </Button>
      <ConfirmDialog
        open={asking}
        danger
        title="Undo this import?"
        confirmLabel="Undo import"
        onConfirm={async () => keepImport(queries, await api.post('/imports/{id}/undo', { path: { id: run.id } }))}
        onClose={() => setAsking(false)}
      >
        <UndoWords outcome={run.outcome} until={until} />
      </ConfirmDialog>
    </>
  );
}

const useUndoStyles = makeStyles({ list: { margin: 0, paddingLeft: '20px', display: 'grid', gap: '6px' }, until: { margin: '12px 0 0' } });

function UndoWords({ outcome, until }: { outcome: NonNullable<Import['outcome']>; until: string }) {
  const styles = useUndoStyles();
  return (
    <>
      <ul className={styles.list}>
        {outcome.created > 0 ? (
          <li>{people(outcome.created)} added by it: whoever has done nothing yet is deleted, with their pending keys.</li>
        ) : null}
        {outcome.updated > 0 ? (
          <li>{people(outcome.updated)} changed by it: values that nobody has changed since become what they were.</li>
        ) : null}
        {outcome.groups + outcome.memberships > 0 ? (
          <li>Groups of Entra ID get the names and the members that they had, but where a group grants a role.</li>
        ) : null}
        {outcome.deactivated > 0 ? <li>{people(outcome.deactivated)} disabled by it: they can sign in again.</li> : null}
        <li>Whoever has signed in, registered a key or was changed since stays as they are. The report names them.</li>
      </ul>
      <p className={styles.until}>Undoing is possible {expiryWords(until)}.</p>
    </>
  );
}
