// One request of the directory in full: what it asked, how it ended, what that means, and what was sent.
import {
  Button,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogTitle,
  makeStyles,
  MessageBar,
  MessageBarBody,
  tokens,
} from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api } from '../../api';
import { Facts } from '../../shared/Card';
import { CopyText } from '../../shared/CopyText';
import { FormDialog } from '../../shared/FormDialog';
import { ErrorState, SkeletonLines } from '../../shared/states';
import { Time } from '../../shared/Time';
import { OutcomeBadge, Touched } from './LogTab';
import { scimKey } from './queries';
import { adviceWords, bodyWords, queryWords, requestWords, tookWords } from './requests';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '16px' },
  outcome: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
  title: { margin: 0, fontSize: tokens.fontSizeBase300 },
  body: {
    margin: 0,
    padding: '12px',
    maxHeight: '40vh',
    overflow: 'auto',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
    fontFamily: 'ui-monospace, monospace',
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
  },
});

export function RequestDialog({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <FormDialog open={id !== undefined} onClose={onClose}>
      {id === undefined ? null : <Content id={id} onClose={onClose} />}
    </FormDialog>
  );
}

function Content({ id, onClose }: { id: string; onClose: () => void }) {
  const styles = useStyles();
  const { data, error, refetch } = useQuery({
    queryKey: [...scimKey, 'requests', id],
    queryFn: ({ signal }) => api.get('/integrations/scim/requests/{id}', { path: { id }, signal }),
    staleTime: Infinity,
  });
  const advice = data ? adviceWords(data) : null;
  const items: [string, ReactNode][] = data
    ? [
        ['Time', <Time key="at" at={data.at} format="full" />],
        ['Request', <CopyText key="request" text={`${data.method} ${data.path}${data.query ? `?${queryWords(data.query)}` : ''}`} />],
        [
          'Answer',
          <span key="answer" className={styles.outcome}>
            <OutcomeBadge status={data.status} />
            {data.scimType}
          </span>,
        ],
        ...(data.detail ? ([['Message', data.detail]] satisfies [string, ReactNode][]) : []),
        ['Who was touched', <Touched key="who" request={data} />],
        ['Token', data.token ?? 'None that is known'],
        ['Took', tookWords(data.durationMs)],
      ]
    : [];
  return (
    <DialogBody>
      <DialogTitle>{data ? requestWords(data) : 'A request'}</DialogTitle>
      <DialogContent className={styles.content}>
        {data ? (
          <>
            {advice ? (
              <MessageBar intent="warning" layout="multiline">
                <MessageBarBody>{advice}</MessageBarBody>
              </MessageBar>
            ) : null}
            <Facts items={items} />
            {data.requestBody ? (
              <>
                <h3 className={styles.title}>What was sent</h3>
                {/* Scrolled by the keyboard, too. */}
                <pre className={styles.body} tabIndex={0} role="region" aria-label="What was sent">
                  {bodyWords(data.requestBody)}
                </pre>
              </>
            ) : null}
          </>
        ) : error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <SkeletonLines lines={6} label="The request is loading" />
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </DialogBody>
  );
}
