// How the connection stands, what is under its management, and its switches.
import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { ScimIntegration } from '../../api';
import { Card, Facts } from '../../shared/Card';
import { TextLink } from '../../shared/links';
import { Time } from '../../shared/Time';
import { ScimBadge } from './ScimBadge';
import type { ScimState } from './state';
import { Switches } from './Switches';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 420px), 1fr))', gap: '24px', alignItems: 'start' },
  faint: { color: tokens.colorNeutralForeground3 },
});

const number = (count: number) => count.toLocaleString('en');

export function ConnectionTab({ scim, state }: { scim: ScimIntegration; state: ScimState }) {
  const styles = useStyles();
  const explained = (at: string | null, words: string) => (
    <>
      <Time at={at} /> <span className={styles.faint}>({words})</span>
    </>
  );
  const health: [string, ReactNode][] = [
    ['State', <ScimBadge key="state" state={state} />],
    ['Last request', <Time key="request" at={scim.lastRequestAt} />],
    ['Last success', <Time key="success" at={scim.lastSuccessAt} />],
    ['Last probe', explained(scim.lastProbeAt, 'a look-up of nobody, as Test Connection and each cycle of Entra begin')],
    ['Last refusal', <Time key="failure" at={scim.lastFailureAt} />],
    [
      'Refused in 24 hours',
      scim.failures24h === 0 ? (
        'None'
      ) : (
        <TextLink key="failures" to="/integrations/scim" search={{ tab: 'log', outcome: 'failed' }}>
          {number(scim.failures24h)} {scim.failures24h === 1 ? 'request' : 'requests'}
        </TextLink>
      ),
    ],
  ];
  const managed: [string, ReactNode][] = [
    [
      'People',
      <span key="people">
        <TextLink to="/users" search={{ origin: 'scim' }}>
          {number(scim.people)} {scim.people === 1 ? 'person' : 'people'}
        </TextLink>
        {scim.people === scim.activePeople ? '' : `, ${number(scim.activePeople)} of them enabled`}
      </span>,
    ],
    [
      'Groups',
      <TextLink key="groups" to="/groups" search={{ type: 'scim' }}>
        {number(scim.groups)} {scim.groups === 1 ? 'group' : 'groups'}
      </TextLink>,
    ],
    [
      'Conflicts',
      scim.conflicts === 0 ? (
        'None'
      ) : (
        <TextLink key="conflicts" to="/integrations/scim" search={{ tab: 'conflicts' }}>
          {number(scim.conflicts)} {scim.conflicts === 1 ? 'waits' : 'wait'} for you
        </TextLink>
      ),
    ],
  ];
  return (
    <>
      <div className={styles.grid}>
        <Card title="Connection">
          <Facts items={health} />
        </Card>
        <Card title="Under management" description="The directory owns them: they are read-only here.">
          <Facts items={managed} />
        </Card>
      </div>
      <Switches scim={scim} />
    </>
  );
}
