// Asks before an act that can't be taken back lightly: what happens, to whom, and optionally the
// name typed as proof of intent. A failure is shown inside; success closes it.
import {
  Button,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useState, type FormEvent, type ReactNode } from 'react';
import { FormDialog } from './FormDialog';
import { ProblemBar } from './ProblemBar';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '16px' },
  danger: {
    backgroundColor: tokens.colorStatusDangerBackground3,
    color: tokens.colorNeutralForegroundOnBrand,
    ':hover': { backgroundColor: tokens.colorStatusDangerBackground3Hover, color: tokens.colorNeutralForegroundOnBrand },
    ':hover:active': {
      backgroundColor: tokens.colorStatusDangerBackground3Pressed,
      color: tokens.colorNeutralForegroundOnBrand,
    },
  },
});

interface Props {
  open: boolean;
  title: string;
  /** What happens, to what, to how many. May hold further fields. */
  children: ReactNode;
  confirmLabel: string;
  /** "Cancel" suits forms; the usual words tell what not confirming means. */
  cancelLabel?: string;
  /** Red, for what destroys or locks out. */
  danger?: boolean;
  /** When set, this text must be typed before the button works. */
  typeName?: string;
  /** The act. Its rejection is shown in the dialog. */
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

export function ConfirmDialog(props: Props) {
  return (
    <FormDialog open={props.open} onClose={props.onClose}>
      <Body {...props} />
    </FormDialog>
  );
}

function Body({ title, children, confirmLabel, cancelLabel = 'Keep as it is', danger, typeName, onConfirm, onClose }: Props) {
  const styles = useStyles();
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [mismatch, setMismatch] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (typeName !== undefined && typed.trim() !== typeName) {
      setMismatch(true);
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <DialogBody>
        <DialogTitle>{title}</DialogTitle>
        <DialogContent className={styles.content}>
          <div>{children}</div>
          {typeName === undefined ? null : (
            <Field
              label={`Type “${typeName}” to confirm`}
              validationState={mismatch ? 'error' : 'none'}
              validationMessage={mismatch ? `This is not the same. Type ${typeName} exactly as it stands above.` : undefined}
            >
              <Input
                value={typed}
                autoComplete="off"
                onChange={(_, data) => {
                  setTyped(data.value);
                  setMismatch(false);
                }}
              />
            </Field>
          )}
          <ProblemBar error={error} />
        </DialogContent>
        <DialogActions>
          <Button appearance="secondary" onClick={onClose} disabled={busy}>
            {cancelLabel}
          </Button>
          <Button
            type="submit"
            appearance="primary"
            className={danger ? styles.danger : undefined}
            disabledFocusable={busy}
          >
            {busy ? 'Working…' : confirmLabel}
          </Button>
        </DialogActions>
      </DialogBody>
    </form>
  );
}
