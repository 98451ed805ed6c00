// What became of a registration link: mailed to the person, or, without a mail server, shown
// here to be handed over by whoever made it. The link is shown only once, at this moment.
import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, tokens } from '@fluentui/react-components';
import type { Registration } from '../api';
import { CopyField } from '../shared/CopyField';
import { QrCode } from '../shared/QrCode';
import { absoluteWords } from '../shared/time';

const useStyles = makeStyles({
  handover: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  row: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalXXL, alignItems: 'center' },
  field: { flex: '1 1 18rem', minWidth: 0 },
});

interface Props {
  registration: Registration;
  person: { displayName: string; email: string };
}

export function RegistrationNote({ registration, person }: Props) {
  const styles = useStyles();
  if (!registration.link) {
    return (
      <MessageBar intent="success" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>The registration link is on its way</MessageBarTitle>
          {person.displayName} gets it by mail at {person.email}. It works until{' '}
          {absoluteWords(registration.expiresAt)}.
        </MessageBarBody>
      </MessageBar>
    );
  }
  return (
    <div className={styles.handover}>
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Hand over this link yourself</MessageBarTitle>
          No mail server is configured, so no mail was sent. Copy the link or let {person.displayName} scan the code. Whoever
          has the link can register a key for {person.displayName}, so pass it on safely. It is shown only now.
        </MessageBarBody>
      </MessageBar>
      <div className={styles.row}>
        <QrCode text={registration.link} label={`QR code of the registration link for ${person.displayName}`} />
        <div className={styles.field}>
          <CopyField
            label="Registration link"
            value={registration.link}
            hint={`Works once, until ${absoluteWords(registration.expiresAt)}.`}
          />
        </div>
      </div>
    </div>
  );
}
