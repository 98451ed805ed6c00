// What the directory asked and what it was answered, newest first, live; each with its details.
import { Button, makeStyles, mergeClasses, Switch, tokens } from '@fluentui/react-components';
import { CheckmarkCircle16Filled, ChevronRight20Regular, ErrorCircle16Filled } from '@fluentui/react-icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, type ScimRequest } from '../../api';
import { Card } from '../../shared/Card';
import { DataList, type Column } from '../../shared/DataList';
import { FilterBar, FilterMenu } from '../../shared/FilterBar';
import { TextLink } from '../../shared/links';
import { EmptyState } from '../../shared/states';
import { Badge } from '../../shared/StatusBadge';
import { clockWords, dayWords } from '../../shared/time';
import { useListUrl } from '../../shared/useListUrl';
import type { Outcome, ScimSearch } from './filters';
import { scimKey } from './queries';
import { RequestDialog } from './RequestDialog';
import { queryWords, requestWords, tookWords } from './requests';

const route = getRouteApi('/shell/integrations/scim');

const useStyles = makeStyles({
  two: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  strong: { fontWeight: tokens.fontWeightSemibold },
  code: {
    fontFamily: 'ui-monospace, monospace',
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
    color: tokens.colorNeutralForeground3,
    overflowWrap: 'anywhere',
    maxWidth: '56ch',
  },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
  time: { display: 'flex', flexDirection: 'column', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
  took: { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
  detail: { maxWidth: '34ch', overflowWrap: 'anywhere' },
});

export function OutcomeBadge({ status }: { status: number }) {
  return status < 400 ? (
    <Badge tone="good" icon={<CheckmarkCircle16Filled aria-hidden />}>
      {status}
    </Badge>
  ) : (
    <Badge tone="bad" icon={<ErrorCircle16Filled aria-hidden />}>
      {status} refused
    </Badge>
  );
}

/** Whom or what the request touched. */
export function Touched({ request: { userId, groupId, subject } }: { request: ScimRequest }) {
  const words = subject ?? (userId ? 'A person' : 'A group');
  if (userId) {
    return (
      <TextLink to="/users/$id" params={{ id: userId }}>
        {words}
      </TextLink>
    );
  }
  if (groupId) {
    return (
      <TextLink to="/groups/$id" params={{ id: groupId }}>
        {words}
      </TextLink>
    );
  }
  return subject ?? '–';
}

function What({ request }: { request: ScimRequest }) {
  const styles = useStyles();
  const { method, path, query } = request;
  return (
    <span className={styles.two}>
      <span className={styles.strong}>{requestWords(request)}</span>
      <span className={styles.code}>
        {method} {path.replace(/^\/api\/scim\/v2/, '')}
        {query ? `?${queryWords(query)}` : ''}
      </span>
    </span>
  );
}

function Result({ request }: { request: ScimRequest }) {
  const styles = useStyles();
  return (
    <span className={mergeClasses(styles.two, styles.detail)}>
      <span>
        <OutcomeBadge status={request.status} />
      </span>
      {request.status >= 400 && request.detail ? <span className={styles.faint}>{request.detail}</span> : null}
    </span>
  );
}

const outcomeChoices = [
  { value: 'failed', name: 'Refused' },
  { value: 'ok', name: 'Done' },
] as const;

export function LogTab() {
  const styles = useStyles();
  const search = route.useSearch();
  const url = useListUrl<ScimSearch>(search);
  const [live, setLive] = useState(true);
  const { q, outcome, cursor, request: openId } = search;
  const list = useQuery({
    queryKey: [...scimKey, 'requests', { q, outcome, cursor }],
    queryFn: ({ signal }) => api.get('/integrations/scim/requests', { query: { search: q, outcome, cursor }, signal }),
    placeholderData: keepPreviousData,
    // Older pages stand still; only the newest grows.
    refetchInterval: live && cursor === undefined ? 4_000 : false,
  });
  const columns = useMemo<Column<ScimRequest>[]>(
    () => [
      {
        key: 'at',
        header: 'Time',
        width: '110px',
        render: ({ at }) => (
          <time dateTime={at} className={styles.time}>
            <span>{clockWords(at)}</span>
            <span className={styles.faint}>{dayWords(at)}</span>
          </time>
        ),
      },
      { key: 'what', header: 'What the directory asked', primary: true, render: (request) => <What request={request} /> },
      { key: 'who', header: 'Who was touched', render: (request) => <Touched request={request} /> },
      { key: 'outcome', header: 'Outcome', render: (request) => <Result request={request} /> },
      {
        key: 'took',
        header: 'Took',
        width: '90px',
        render: ({ durationMs }) => <span className={styles.took}>{tookWords(durationMs)}</span>,
      },
      {
        key: 'open',
        header: 'Details',
        headerHidden: true,
        card: 'corner',
        width: '56px',
        render: (request) => (
          <Button
            appearance="subtle"
            icon={<ChevronRight20Regular />}
            aria-label={`Details: ${requestWords(request)}, ${clockWords(request.at)}, ${request.status}`}
            onClick={() => url.set({ request: request.id, cursor })}
          />
        ),
      },
    ],
    // The rest of `url` moves with the search only.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [styles, cursor],
  );
  const filtered = q !== undefined || outcome !== undefined;
  return (
    <>
      <Card
        flush
        title="Request log"
        description="Everything your directory asked, for 14 days. What was sent is kept only where it was refused, without secrets."
        actions={<Switch label="Live" checked={live} onChange={(_, { checked }) => setLive(checked)} />}
      >
        <FilterBar
          searchLabel="Search by person, address or message"
          q={q}
          onSearch={(words) => url.set({ q: words })}
          filtered={filtered}
          onClear={() => url.set({ q: undefined, outcome: undefined })}
        >
          <FilterMenu
            label="Outcome"
            choices={outcomeChoices}
            value={outcome}
            single
            onChange={(value: Outcome | undefined) => url.set({ outcome: value })}
          />
        </FilterBar>
        <DataList
          label="Requests"
          columns={columns}
          items={list.data?.items}
          getKey={(request) => request.id}
          error={list.error}
          onRetry={() => void list.refetch()}
          stale={list.isPlaceholderData}
          pages={url.pages(list.data?.nextCursor)}
          empty={
            filtered ? (
              <EmptyState illustration="search" title="No request matches" level={3}>
                Try another word, or take the filter away.
              </EmptyState>
            ) : (
              <EmptyState illustration="activity" title="No request yet" level={3}>
                Press Test Connection in your directory: the request stands here within seconds.
              </EmptyState>
            )
          }
        />
      </Card>
      <RequestDialog id={openId} onClose={() => url.set({ request: undefined, cursor })} />
    </>
  );
}
