// Asks for one short text, such as a new name.
import {
  Button,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogTitle,
  Field,
  Input,
  makeStyles,
} from '@fluentui/react-components';
import { useState, type FormEvent } from 'react';
import { fieldMessage } from '../api';
import { FormDialog } from './FormDialog';
import { ProblemBar } from './ProblemBar';

const useStyles = makeStyles({ content: { display: 'flex', flexDirection: 'column', gap: '16px' } });

interface Props {
  open: boolean;
  title: string;
  label: string;
  /** The API's name of the field, for its messages. */
  field: string;
  initial: string;
  saveLabel?: string;
  maxLength?: number;
  onSave: (value: string) => Promise<unknown>;
  onClose: () => void;
}

export function PromptDialog(props: Props) {
  return (
    <FormDialog open={props.open} onClose={props.onClose}>
      <Body {...props} />
    </FormDialog>
  );
}

function Body({ title, label, field, initial, saveLabel = 'Save', maxLength = 100, onSave, onClose }: Props) {
  const styles = useStyles();
  const [value, setValue] = useState(initial);
  const [empty, setEmpty] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const text = value.trim();
    setEmpty(text === '');
    if (text === '') return;
    if (text === initial) {
      onClose();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await onSave(text);
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  const message = empty ? 'Write a name first.' : fieldMessage(error, field);
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <DialogBody>
        <DialogTitle>{title}</DialogTitle>
        <DialogContent className={styles.content}>
          <Field label={label} required validationMessage={message} validationState={message ? 'error' : 'none'}>
            <Input
              value={value}
              maxLength={maxLength}
              onChange={(_, data) => setValue(data.value)}
              onFocus={(event) => event.target.select()}
            />
          </Field>
          <ProblemBar error={error} fields={[field]} />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button type="submit" appearance="primary" disabledFocusable={busy}>
            {busy ? 'Saving…' : saveLabel}
          </Button>
        </DialogActions>
      </DialogBody>
    </form>
  );
}
