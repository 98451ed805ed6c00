// At which workstation a card is read: chosen once and remembered in this browser.
import { Field, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Select } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import type { Workstation } from '../api';
import { TextLink } from '../shared/links';
import { ErrorState, SkeletonLines } from '../shared/states';
import { rememberWorkstation, useRememberedWorkstation, workstationHere } from './here';
import { workstationsQuery } from './queries';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '16px' },
  field: { maxWidth: '28rem' },
});

/** The workstation at which cards are read for this browser, if it is known. */
export function useWorkstationHere(): Workstation | undefined {
  const list = useQuery(workstationsQuery);
  return workstationHere(list.data?.items ?? [], useRememberedWorkstation());
}

export function WorkstationChoice() {
  const styles = useStyles();
  const list = useQuery(workstationsQuery);
  const here = useWorkstationHere();
  if (!list.data) {
    return list.error ? (
      <ErrorState error={list.error} onRetry={() => void list.refetch()} level={3} />
    ) : (
      <SkeletonLines lines={2} label="Workstations are loading" />
    );
  }
  const { items } = list.data;
  const manage = (
    <TextLink to="/workstations" inline>
      Workstations
    </TextLink>
  );
  if (items.length === 0) {
    return (
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>No workstation is enrolled</MessageBarTitle>
          Cards are read by a computer with a card reader and Keystead’s agent. Enrol one under {manage} first.
        </MessageBarBody>
      </MessageBar>
    );
  }
  return (
    <div className={styles.root}>
      <Field className={styles.field} label="Workstation with the reader" hint="Remembered in this browser.">
        <Select value={here?.id ?? ''} onChange={(_, { value }) => rememberWorkstation(value || null)}>
          {here ? null : <option value="">Choose one</option>}
          {items.map(({ id, name, online, sameAddress }) => (
            <option key={id} value={id}>
              {name}
              {online ? (sameAddress ? ' (near this browser)' : '') : ' (not connected)'}
            </option>
          ))}
        </Select>
      </Field>
      {here && !here.online ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{here.name} is not connected</MessageBarTitle>
            See that it is switched on and that keystead-agent runs there. This page goes on by itself then.
          </MessageBarBody>
        </MessageBar>
      ) : here && here.readers.length === 0 ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{here.name} has no card reader</MessageBarTitle>
            Plug a reader in there. This page goes on by itself then.
          </MessageBarBody>
        </MessageBar>
      ) : null}
    </div>
  );
}
