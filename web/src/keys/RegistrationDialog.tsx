// Shows what became of a fresh registration link after a key was assigned or its link sent again, or
// the code that makes a phone a key, or the wait for a card.
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
import { HandOutCard } from '../cards/HandOutCard';
import { HandOver } from './HandOver';
import { RegistrationNote } from './RegistrationNote';

type Person = { displayName: string; email: string };

/** What is shown: what became of a link, or, for a key's id, the code for a phone or the wait for a card. */
type What = Registration | { code: string } | { card: string };
export type ShowRegistration = (what: What, person: Person) => void;

/** `dialog` has its place at the end of the page; `show` opens it. */
export function useRegistrationDialog(): { show: ShowRegistration; dialog: ReactNode } {
  const [shown, setShown] = useState<{ what: What; person: Person } | null>(null);
  const show = useCallback<ShowRegistration>((what, person) => setShown({ what, person }), []);
  const close = () => setShown(null);
  useReturnFocus(shown !== null);
  const dialog = (
    <Dialog open={shown !== null} onOpenChange={(_, { open, type }) => {
        // A click beside the dialog must not lose a PIN that is shown once.
        if (!open && !(type === 'backdropClick' && shown !== null && 'card' in shown.what)) close();
      }}>
      <DialogSurface>
        {shown ? (
          <DialogBody>
            <DialogTitle>
              {'card' in shown.what
                ? 'Card for '
                : 'code' in shown.what
                  ? 'Code for the phone of '
                  : 'Registration link for '}
              {shown.person.displayName}
            </DialogTitle>
            <DialogContent>
              {'card' in shown.what ? (
                <HandOutCard keyId={shown.what.card} person={shown.person} />
              ) : 'code' in shown.what ? (
                <HandOver keyId={shown.what.code} person={shown.person} />
              ) : (
                <RegistrationNote registration={shown.what} person={shown.person} />
              )}
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
