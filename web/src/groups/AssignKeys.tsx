// Gives every member of a group a key of one kind: what is chosen, how far it is, what came of it.
import {
  Button,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogTitle,
  Field,
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  ProgressBar,
  Radio,
  RadioGroup,
} from '@fluentui/react-components';
import { KeyMultiple20Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, type Group } from '../api';
import { useCan } from '../app/session';
import { useRefreshKeys } from '../keys/refresh';
import { FormDialog } from '../shared/FormDialog';
import { ButtonLink } from '../shared/links';
import { ProblemBar } from '../shared/ProblemBar';
import { assignableKinds, type Activation, type AssignableKind } from '../users/new/wizard';
import { assignToMembers, nothing, type Tally } from './assigning';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '16px' },
  list: { margin: 0, paddingLeft: '20px' },
});

export function AssignKeys({ group }: { group: Group }) {
  const mayWrite = useCan('keysWrite');
  const [open, setOpen] = useState(false);
  const [running, setRunning] = useState(false);
  if (!mayWrite || group.memberCount === 0) return null;
  return (
    <>
      <Button icon={<KeyMultiple20Regular />} onClick={() => setOpen(true)}>
        Assign keys
      </Button>
      <FormDialog open={open} closeOnBackdrop={!running} onClose={() => setOpen(false)}>
        <Content group={group} onRunning={setRunning} onClose={() => setOpen(false)} />
      </FormDialog>
    </>
  );
}

interface Props {
  group: Group;
  onRunning: (running: boolean) => void;
  onClose: () => void;
}

function Content({ group, onRunning, onClose }: Props) {
  const styles = useStyles();
  const refresh = useRefreshKeys();
  const [kind, setKind] = useState<AssignableKind>('contactlessCard');
  const [activation, setActivation] = useState<Activation>('now');
  const [stage, setStage] = useState<'choice' | 'running' | 'done'>('choice');
  const [tally, setTally] = useState<Tally>(nothing);
  const [error, setError] = useState<unknown>(null);
  const stopped = useRef(false);
  // Closing the dialog stops it, too.
  useEffect(() => {
    stopped.current = false;
    return () => {
      stopped.current = true;
    };
  }, []);
  const dashboard = useQuery({ queryKey: ['dashboard'], queryFn: ({ signal }) => api.get('/dashboard', { signal }) });
  const mailed = dashboard.data?.mail.configured ?? true;
  const onTheSpot = kind === 'contactlessCard' && activation === 'now';
  const count = group.memberCount;
  const seen = tally.assigned + tally.passed + tally.failed.length;

  const start = async () => {
    setStage('running');
    onRunning(true);
    setError(null);
    try {
      await assignToMembers(group.id, { kind, activation }, setTally, () => stopped.current);
    } catch (failure) {
      setError(failure);
    } finally {
      setStage('done');
      onRunning(false);
      refresh();
    }
  };

  if (stage === 'choice') {
    return (
      <DialogBody>
        <DialogTitle>Assign keys to the members of {group.name}</DialogTitle>
        <DialogContent className={styles.content}>
          <div>
            Each of the {count.toLocaleString('en')} members who can sign in and has no key of that kind gets one.
          </div>
          <Field label="Kind">
            <RadioGroup value={kind} onChange={(_, { value }) => setKind(value as AssignableKind)}>
              {assignableKinds.map((choice) => (
                <Radio key={choice.kind} value={choice.kind} label={choice.name} />
              ))}
            </RadioGroup>
          </Field>
          {kind === 'contactlessCard' ? (
            <Field label="How are the cards activated?">
              <RadioGroup value={activation} onChange={(_, { value }) => setActivation(value === 'now' ? 'now' : 'link')}>
                <Radio value="now" label="At the card desk: you hand them out, and no links are mailed" />
                <Radio value="link" label="By each person: a link comes by mail, and they put their card on a reader" />
              </RadioGroup>
            </Field>
          ) : null}
          {!onTheSpot && !mailed ? (
            <MessageBar intent="warning" layout="multiline">
              <MessageBarBody>
                <MessageBarTitle>No mail server is configured</MessageBarTitle>
                The links can’t be mailed. You would hand over each one yourself, with “Send link again” in the menu of the key.
              </MessageBarBody>
            </MessageBar>
          ) : null}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button appearance="primary" onClick={() => void start()}>
            Assign keys
          </Button>
        </DialogActions>
      </DialogBody>
    );
  }
  return (
    <DialogBody>
      <DialogTitle>{stage === 'running' ? 'Keys are assigned…' : 'Keys were assigned'}</DialogTitle>
      <DialogContent className={styles.content}>
        {stage === 'running' ? (
          <Field validationMessage={`${seen.toLocaleString('en')} of ${count.toLocaleString('en')}`} validationState="none">
            <ProgressBar value={count > 0 ? seen / count : undefined} aria-label="Keys are assigned" />
          </Field>
        ) : (
          <div role="status">
            {tally.assigned.toLocaleString('en')} {tally.assigned === 1 ? 'person' : 'people'} got a key.
            {tally.passed > 0
              ? ` ${tally.passed.toLocaleString('en')} had one already, or can’t sign in.`
              : ''}
          </div>
        )}
        {tally.failed.length > 0 ? (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody>
              <MessageBarTitle>
                {tally.failed.length.toLocaleString('en')} {tally.failed.length === 1 ? 'person' : 'people'} got none
              </MessageBarTitle>
              <ul className={styles.list}>
                {tally.failed.slice(0, 10).map(({ name, why }, at) => (
                  <li key={at}>
                    {name}: {why}
                  </li>
                ))}
              </ul>
            </MessageBarBody>
          </MessageBar>
        ) : null}
        <ProblemBar error={error} />
      </DialogContent>
      <DialogActions>
        {stage === 'running' ? (
          <Button
            onClick={() => {
              stopped.current = true;
            }}
          >
            Stop
          </Button>
        ) : (
          <>
            {onTheSpot && tally.assigned > 0 ? <ButtonLink to="/cards">Go to the card desk</ButtonLink> : null}
            <Button appearance="primary" onClick={onClose}>
              Done
            </Button>
          </>
        )}
      </DialogActions>
    </DialogBody>
  );
}
