// Asks before a key is renamed, suspended, revoked and so on: each move says what it does to the
// person, and the server's refusal is shown in place.
import { Field, Input, Radio, RadioGroup, makeStyles, tokens } from '@fluentui/react-components';
import { useState, type ReactNode } from 'react';
import { api, Problem, type Key, type RevokeReason } from '../api';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { useToast } from '../shared/toast';
import { NoteField } from './AssignKey';
import { revokeReasons, type AskedMove } from './moves';
import { useRefreshKeys } from './refresh';
import type { ShowRegistration } from './RegistrationDialog';

interface Props {
  item: Key;
  /** null keeps the dialog closed. */
  move: AskedMove | null;
  onClose: () => void;
  /** A link was sent again: what became of it. */
  onRegistration: ShowRegistration;
}

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
});

interface Words {
  title: string;
  confirm: string;
  done: string;
  danger?: boolean;
  says: ReactNode;
}

/** What each move is called, and what it does. */
function wordsOf(move: AskedMove, { name, user, state }: Key): Words {
  const whose = `${name} of ${user.displayName}`;
  switch (move) {
    case 'rename':
      return { title: `Rename ${whose}`, confirm: 'Rename', done: 'Key renamed', says: null };
    case 'resend':
      return {
        title: `Send the registration link again`,
        confirm: 'Send link',
        done: 'New link made',
        says: (
          <>
            {user.displayName} gets a new link for {name} at {user.email}.{' '}
            {state === 'expired' ? 'The old link has run out already.' : 'The old link stops working at once.'}
          </>
        ),
      };
    case 'cancel':
      return {
        title: `Cancel ${whose}?`,
        confirm: 'Cancel key',
        done: 'Key cancelled',
        danger: true,
        says: <>The registration link stops working at once. {user.displayName}’s other keys stay as they are.</>,
      };
    case 'suspend':
      return {
        title: `Suspend ${whose}?`,
        confirm: 'Suspend key',
        done: 'Key suspended',
        danger: true,
        says: (
          <>
            {user.displayName} can’t sign in with this key until you resume it. Sessions opened with it end at once.
          </>
        ),
      };
    case 'resume':
      return {
        title: `Resume ${whose}?`,
        confirm: 'Resume key',
        done: 'Key resumed',
        says: <>{user.displayName} can sign in with this key again. Do this only when the key is in their hands.</>,
      };
    case 'revoke':
      return {
        title: `Revoke ${whose}?`,
        confirm: 'Revoke key',
        done: 'Key revoked',
        danger: true,
        says: (
          <>
            This can’t be undone: the key never signs anybody in again, and sessions opened with it end at once. For a key
            that may turn up again, choose Suspend instead.
          </>
        ),
      };
  }
}

export function MoveDialog({ item, move, onClose, onRegistration }: Props) {
  const styles = useStyles();
  const toast = useToast();
  const refresh = useRefreshKeys();
  const [name, setName] = useState<string | null>(null);
  const [note, setNote] = useState('');
  const [reason, setReason] = useState<RevokeReason | null>(null);
  if (move === null) return null;
  const words = wordsOf(move, item);
  const at = { path: { id: item.id }, ifMatch: item.version };

  const act = async (): Promise<void> => {
    switch (move) {
      case 'rename': {
        const wanted = (name ?? item.name).trim();
        if (wanted === '') throw missing('Type a name', 'A key needs a name, so that people can tell it apart.');
        await api.patch('/keys/{id}', { ...at, body: { name: wanted } });
        break;
      }
      case 'resend':
        onRegistration(
          await api.post('/keys/{id}/resend', { ...at, body: note.trim() ? { note: note.trim() } : {} }),
          item.user,
        );
        break;
      case 'cancel':
        await api.post('/keys/{id}/cancel', at);
        break;
      case 'suspend':
        await api.post('/keys/{id}/suspend', at);
        break;
      case 'resume':
        await api.post('/keys/{id}/resume', at);
        break;
      case 'revoke':
        if (!reason) throw missing('Choose a reason', 'The reason is kept in the activity record.');
        await api.post('/keys/{id}/revoke', { ...at, body: { reason } });
        break;
    }
  };
  const confirm = async () => {
    try {
      await act();
    } catch (error) {
      // Somebody was faster: show what they left, so that a second try is made knowingly.
      if (error instanceof Problem && (error.status === 412 || error.code === 'illegal_state')) refresh();
      throw error;
    }
    refresh();
    if (move !== 'resend') toast.success(words.done, `${item.name} of ${item.user.displayName}`);
  };
  const close = () => {
    setName(null);
    setNote('');
    setReason(null);
    onClose();
  };

  return (
    <ConfirmDialog
      open
      title={words.title}
      confirmLabel={words.confirm}
      cancelLabel={move === 'rename' || move === 'resend' ? 'Cancel' : undefined}
      danger={words.danger}
      onConfirm={confirm}
      onClose={close}
    >
      <div className={styles.form}>
        {words.says ? <div>{words.says}</div> : null}
        {move === 'rename' ? (
          <Field label="Name of the key" required>
            <Input value={name ?? item.name} maxLength={100} onChange={(_, { value }) => setName(value)} />
          </Field>
        ) : null}
        {move === 'resend' ? <NoteField value={note} onChange={setNote} /> : null}
        {move === 'revoke' ? (
          <Field label="Reason" required>
            <RadioGroup value={reason ?? ''} onChange={(_, { value }) => setReason(value as RevokeReason)}>
              {revokeReasons.map((choice) => (
                <Radio key={choice.reason} value={choice.reason} label={`${choice.name}. ${choice.description}`} />
              ))}
            </RadioGroup>
          </Field>
        ) : null}
      </div>
    </ConfirmDialog>
  );
}

function missing(title: string, detail: string): Problem {
  return new Problem({ code: 'missing', title, detail }, 0);
}
