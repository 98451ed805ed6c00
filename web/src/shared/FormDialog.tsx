// The frame of dialogs that are opened by state. What it shows keeps its words until the dialog has
// faded out; each opening mounts the content anew, so that its state starts afresh.
import { Dialog, DialogSurface } from '@fluentui/react-components';
import { useEffect, useState, type ReactNode } from 'react';
import { useReturnFocus } from './useReturnFocus';

interface Props {
  open: boolean;
  onClose: () => void;
  /** False keeps the dialog open when somebody clicks beside it. */
  closeOnBackdrop?: boolean;
  children: ReactNode;
}

export function FormDialog({ open, onClose, closeOnBackdrop = true, children }: Props) {
  useReturnFocus(open);
  const [last, setLast] = useState(children);
  useEffect(() => {
    if (open) setLast(children);
  }, [open, children]);
  return (
    <Dialog
      open={open}
      onOpenChange={(_, data) => {
        if (data.open || (data.type === 'backdropClick' && !closeOnBackdrop)) return;
        onClose();
      }}
    >
      <DialogSurface>{open ? children : last}</DialogSurface>
    </Dialog>
  );
}
