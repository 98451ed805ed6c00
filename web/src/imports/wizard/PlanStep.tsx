// The Review step of both wizards. Arriving with options that have no plan yet makes one; while it is
// made its progress is shown, and a source that can't be read says why.
import { Button, Field, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Radio, RadioGroup, tokens } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, type Import, type ImportMode } from '../../api';
import { ProblemBar } from '../../shared/ProblemBar';
import { SkeletonLines } from '../../shared/states';
import { failureWords } from '../failure';
import type { RowsSearch } from '../filters';
import { Plan } from '../Plan';
import { isRunning } from '../progress';
import { Progress } from '../Progress';
import { keepImport } from '../queries';
import { modeMeanings, modeNames, modes } from '../words';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '24px', minWidth: 0 },
  label: { display: 'flex', flexDirection: 'column' },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  bar: { paddingTop: '8px', paddingBottom: '8px' },
  title: { display: 'block' },
});

interface Props {
  run: Import;
  search: RowsSearch;
  /** Undefined where the mode is chosen elsewhere. */
  onMode?: (mode: ImportMode) => void;
  onTakeUngrouped?: () => void;
  /** True while a change of the options is on its way; no plan is begun meanwhile. */
  saving: boolean;
}

export function PlanStep({ run, search, onMode, onTakeUngrouped, saving }: Props) {
  const styles = useStyles();
  const queries = useQueryClient();
  const plan = useMutation({
    mutationFn: (id: string) => api.post('/imports/{id}/plan', { path: { id } }),
    onSuccess: (after) => keepImport(queries, after),
  });
  const { mutate, isIdle, reset } = plan;
  const unplanned = run.state === 'draft' && !saving;
  useEffect(() => {
    if (!unplanned) reset();
    else if (isIdle) mutate(run.id);
  }, [unplanned, isIdle, mutate, reset, run.id]);
  return (
    <div className={styles.root}>
      {onMode ? (
        <Field label="What to do with people who are here already">
          <RadioGroup
            value={run.options.mode}
            disabled={saving || isRunning(run.state)}
            onChange={(_, { value }) => onMode(value as ImportMode)}
          >
            {modes.map((mode) => (
              <Radio
                key={mode}
                value={mode}
                label={
                  <span className={styles.label}>
                    <span>{modeNames[mode]}</span>
                    <span className={styles.faint}>{modeMeanings[mode]}</span>
                  </span>
                }
              />
            ))}
          </RadioGroup>
        </Field>
      ) : null}
      {plan.error ? (
        <>
          <ProblemBar error={plan.error} />
          <div>
            <Button onClick={() => mutate(run.id)}>Try again</Button>
          </div>
        </>
      ) : run.failure && run.state === 'failed' ? (
        <div role="alert">
          <MessageBar intent="error" layout="multiline" className={styles.bar}>
            <MessageBarBody>
              <MessageBarTitle className={styles.title}>
                {run.source === 'csv' ? 'The file can’t be imported' : 'Entra ID could not be read'}
              </MessageBarTitle>
              {failureWords(run.failure)} Nothing was changed.
            </MessageBarBody>
          </MessageBar>
        </div>
      ) : isRunning(run.state) ? (
        <Progress run={run} />
      ) : run.state === 'ready' ? (
        <Plan run={run} search={search} mayTick onTakeUngrouped={onTakeUngrouped} />
      ) : (
        <SkeletonLines lines={3} label="The plan is being made" />
      )}
    </div>
  );
}
