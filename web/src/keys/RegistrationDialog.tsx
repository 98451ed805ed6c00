// Shows what became of a fresh registration link after a key was assigned or its link sent again.
// A page holds the dialog, not the row that asked for it: a row may leave the list at once, and
// the link is shown only this time.
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components';
import { useCallback, useState, type ReactNode } from 'react';
import type { Registration } from '../api';
import { useReturnFocus } from '../shared/useReturnFocus';
import { RegistrationNote } from './RegistrationNote';

type Person = { displayName: string; email: string };

export type ShowRegistration = (registration: Registration, person: Person) => void;

/** `dialog` has its place at the end of the page; `show` opens it. */
export function useRegistrationDialog(): { show: ShowRegistration; dialog: ReactNode } {
  const [shown, setShown] = useState<{ registration: Registration; person: Person } | null>(null);
  const show = useCallback<ShowRegistration>((registration, person) => setShown({ registration, person }), []);
  const close = () => setShown(null);
  useReturnFocus(shown !== null);
  const dialog = (
    <Dialog open={shown !== null} onOpenChange={(_, { open }) => !open && close()}>
      <DialogSurface>
        {shown ? (
          <DialogBody>
            <DialogTitle>Registration link for {shown.person.displayName}</DialogTitle>
            <DialogContent>
              <RegistrationNote {...shown} />
            </DialogContent>
            <DialogActions>
              <Button appearance="primary" onClick={close}>
                Done
              </Button>
            </DialogActions>
          </DialogBody>
        ) : null}
      </DialogSurface>
    </Dialog>
  );
  return { show, dialog };
}
