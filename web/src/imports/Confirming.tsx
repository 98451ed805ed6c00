// The last look before an import: what will happen in a sentence each, the approval where one is
// needed, and the act itself.
import { Checkbox, makeStyles, tokens } from '@fluentui/react-components';
import {
  ArrowSwapRegular,
  MailRegular,
  PeopleRegular,
  PersonProhibitedRegular,
  ShieldErrorRegular,
  UsbStickRegular,
} from '@fluentui/react-icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, Problem, type Import } from '../api';
import { confirmSentence, keySentence, leftOutSentence } from './confirm';
import { importQuery, keepImport } from './queries';
import { useGroupNames } from './useGroupNames';
import { mailChoice } from './wizard/choices';
import { groupChanges, plansGroups } from './words';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  item: {
    display: 'flex',
    gap: tokens.spacingHorizontalM,
    alignItems: 'flex-start',
    fontSize: tokens.fontSizeBase400,
    lineHeight: tokens.lineHeightBase400,
    overflowWrap: 'anywhere',
  },
  icon: { flexShrink: 0, fontSize: '24px', color: tokens.colorBrandForeground1, display: 'inline-flex' },
  stops: { margin: '4px 0 0', paddingLeft: '20px', fontSize: tokens.fontSizeBase300, lineHeight: tokens.lineHeightBase300 },
  note: {
    margin: `${tokens.spacingVerticalS} 0 0`,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM}`,
    borderLeft: `3px solid ${tokens.colorBrandStroke2}`,
    whiteSpace: 'pre-wrap',
    fontSize: tokens.fontSizeBase300,
  },
  wrong: { color: tokens.colorPaletteRedForeground1 },
});

interface Props {
  run: Import;
  approved: boolean;
  onApprove: (approved: boolean) => void;
  /** True after somebody tried to go on without approving. */
  approvalMissing: boolean;
}

/** What confirming does, in sentences. */
export function ConfirmList({ run, approved, onApprove, approvalMissing }: Props) {
  const styles = useStyles();
  const { plan, options } = run;
  const existing = useGroupNames(options.groupIds);
  if (!plan) return null;
  const leftOut = leftOutSentence(plan);
  const groups = [...existing, ...options.newGroups.map((name) => `${name} (new)`)];
  const item = (icon: ReactNode, words: ReactNode) => (
    <li className={styles.item}>
      <span className={styles.icon} aria-hidden>
        {icon}
      </span>
      <div>{words}</div>
    </li>
  );
  return (
    <ul className={styles.list}>
      {item(<ArrowSwapRegular />, <strong>{confirmSentence(plan)}</strong>)}
      {leftOut ? item(<PersonProhibitedRegular />, leftOut) : null}
      {groups.length > 0 ? item(<PeopleRegular />, <>They become members of {new Intl.ListFormat('en-GB').format(groups)}.</>) : null}
      {options.entra?.takeGroups && plansGroups(plan) ? item(<PeopleRegular />, <>Groups of Entra ID: {groupChanges(run)}</>) : null}
      {item(
        mailChoice(options.assignKey?.mail) !== 'no' ? <MailRegular /> : <UsbStickRegular />,
        <>
          {keySentence(options.assignKey)}
          {options.assignKey?.note && mailChoice(options.assignKey.mail) !== 'no' ? (
            <blockquote className={styles.note}>{options.assignKey.note}</blockquote>
          ) : null}
        </>,
      )}
      {run.approval.length > 0
        ? item(
            <ShieldErrorRegular />,
            <>
              This import stops here until you approve it:
              <ul className={styles.stops}>
                {run.approval.map((stop) => (
                  <li key={stop.reason}>{stop.message}</li>
                ))}
              </ul>
              <Checkbox
                checked={approved}
                required
                aria-invalid={approvalMissing || undefined}
                label="I have looked at it, and it is meant"
                onChange={(_, { checked }) => onApprove(checked === true)}
              />
              {approvalMissing ? (
                <div role="alert" className={styles.wrong}>
                  Tick the box if this is meant. If it is not, cancel the import; nothing has been changed.
                </div>
              ) : null}
            </>,
          )
        : null}
    </ul>
  );
}

/** Confirms the plan that is shown, and no other. */
export function useConfirmImport(run: Import | undefined) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (approve: boolean) => {
      if (!run) throw new Error('There is no import to confirm.');
      return api.post('/imports/{id}/confirm', { path: { id: run.id }, body: approve ? { approve } : {}, ifMatch: run.version });
    },
    onSuccess: (after) => keepImport(queries, after),
    onError: (error) => {
      // The plan is another one by now: show it, so that a second try is made knowingly.
      if (run && error instanceof Problem && (error.status === 412 || error.status === 409)) {
        void queries.invalidateQueries({ queryKey: importQuery(run.id).queryKey });
      }
    },
  });
}
