// A plan: what stands out first, then the counts, then each row. On the import's page and in the wizards.
import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { Import, Verdict } from '../api';
import { Card } from '../shared/Card';
import { useListUrl } from '../shared/useListUrl';
import { Counts } from './Counts';
import type { RowsSearch } from './filters';
import { GroupChanges } from './GroupChanges';
import { RowsTable } from './RowsTable';
import { VerdictBadge } from './StateBadge';
import { people, planned, plansGroups, verdictMeanings, verdicts } from './words';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '20px', minWidth: 0 },
  notices: { display: 'flex', flexDirection: 'column', gap: '8px', ':empty': { display: 'none' } },
  bar: { paddingTop: '8px', paddingBottom: '8px' },
  title: { display: 'block' },
  list: { margin: '4px 0 0', paddingLeft: '20px' },
});

interface Props {
  run: Import;
  search: RowsSearch;
  mayTick: boolean;
  /** Offers to take people who are in no group along; undefined where that is no choice. */
  onTakeUngrouped?: () => void;
}

export function Plan({ run, search, mayTick, onTakeUngrouped }: Props) {
  const styles = useStyles();
  const url = useListUrl<RowsSearch>(search);
  const { plan } = run;
  if (!plan) return null;
  // What never occurs for a source needs no card: a file tells nothing about who has left.
  const shown = verdicts.filter((verdict) => plan[verdict] > 0 || !(verdict === 'deactivate' && run.source === 'csv'));
  return (
    <div className={styles.root}>
      <div className={styles.notices}>
        <Notices run={run} onTakeUngrouped={onTakeUngrouped} />
      </div>
      <Counts<Verdict>
        label="The plan in numbers"
        counts={shown.map((verdict) => ({
          key: verdict,
          badge: <VerdictBadge verdict={verdict} />,
          count: plan[verdict],
          meaning: verdictMeanings[verdict],
        }))}
        chosen={search.verdict}
        onChoose={(verdict) => url.set({ verdict })}
      />
      {run.options.entra?.takeGroups ? <GroupChanges run={run} /> : null}
      <Card flush>
        <RowsTable run={run} search={search} mayTick={mayTick} />
      </Card>
    </div>
  );
}

function Notices({ run, onTakeUngrouped }: { run: Import; onTakeUngrouped: (() => void) | undefined }) {
  const styles = useStyles();
  const { plan } = run;
  if (!plan) return null;
  const notice = (key: string, intent: 'info' | 'warning', title: string, body: ReactNode, actions?: ReactNode) => (
    <MessageBar key={key} intent={intent} layout="multiline" className={styles.bar}>
      <MessageBarBody>
        <MessageBarTitle className={styles.title}>{title}</MessageBarTitle>
        {body}
      </MessageBarBody>
      {actions ? <MessageBarActions>{actions}</MessageBarActions> : null}
    </MessageBar>
  );
  return (
    <>
      {run.replanned
        ? notice(
            'replanned',
            'warning',
            'The plan was made again',
            run.replanned === 'old'
              ? 'The one before was more than an hour old. Nothing was changed; please look at this one and confirm again.'
              : 'People of the plan were changed meanwhile. Nothing was imported; please look at this one and confirm again.',
          )
        : null}
      {run.approval.length > 0
        ? notice(
            'approval',
            'warning',
            'This import needs your approval',
            <>
              Something about it is unusual. Make sure that it is meant before you confirm:
              <ul className={styles.list}>
                {run.approval.map((stop) => (
                  <li key={stop.reason}>{stop.message}</li>
                ))}
              </ul>
            </>,
          )
        : null}
      {plan.needTick > 0
        ? notice(
            'ticks',
            'warning',
            plan.needTick === 1 ? 'One of them holds a role' : `${people(plan.needTick)} among them hold a role`,
            'Whoever holds a role is only changed when you tick their row below; their role stays in any case.',
          )
        : null}
      {plan.ungrouped !== null && plan.ungrouped > 0 && onTakeUngrouped
        ? notice(
            'ungrouped',
            'info',
            plan.ungrouped === 1 ? 'One person is in no group' : `${people(plan.ungrouped)} are in no group`,
            'They are not part of this plan.',
            <Button onClick={onTakeUngrouped}>Take them too</Button>,
          )
        : null}
      {plan.groupsWithRole > 0
        ? notice(
            'roles',
            'warning',
            plan.groupsWithRole === 1 ? 'One of the groups grants a role' : `${plan.groupsWithRole} of the groups grant a role`,
            'Whoever comes to such a group holds its role, and whoever goes from it loses it. The groups below say which, and which of them are left alone.',
          )
        : null}
      {planned(plan) === 0 && !plansGroups(plan) && run.state === 'ready'
        ? notice('nothing', 'info', 'There is nothing to change', 'Everybody in the source is here with the same values, or is left out.')
        : null}
    </>
  );
}
