// What became of a PIN that was made up: mailed to the person, or, without a mail server, shown here once.
import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, tokens } from '@fluentui/react-components';
import type { MadeUpPin } from '../api';
import { CopyField } from '../shared/CopyField';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
});

interface Props {
  /** null: the card has no PIN, or goes on with the one of the card that it replaces. */
  pin: MadeUpPin | null;
  /** Whether the card signs in to Keystead: with a PIN it does. */
  signsInHere: boolean;
  person: { displayName: string; email: string };
}

export function PinNote({ pin, signsInHere, person }: Props) {
  const styles = useStyles();
  if (!pin) {
    return (
      <div>
        {signsInHere
          ? 'The PIN of the old card goes on. The old card works no more.'
          : 'This card has no PIN, so it does not sign in to Keystead itself; elsewhere it is a second factor.'}
      </div>
    );
  }
  if (pin.pin === null) {
    return (
      <MessageBar intent="success" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>The PIN is on its way</MessageBarTitle>
          {person.displayName} gets it by mail at {person.email}. Nobody else gets to see it.
        </MessageBarBody>
      </MessageBar>
    );
  }
  return (
    <div className={styles.root}>
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Hand over this PIN yourself</MessageBarTitle>
          No mail could be sent. Tell {person.displayName} the PIN where nobody else hears or sees it. It is shown only now.
        </MessageBarBody>
      </MessageBar>
      <CopyField label={`PIN of the card of ${person.displayName}`} value={pin.pin} />
    </div>
  );
}
