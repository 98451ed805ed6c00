// Step 5: what will happen, in sentences, before anything does.
import { makeStyles, tokens } from '@fluentui/react-components';
import { MailRegular, PaymentWirelessRegular, PeopleRegular, PersonAddRegular, QrCodeRegular, UsbStickRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api } from '../../api';
import { useCan } from '../../app/session';
import { effectiveDisplayName, effectiveUserName, isOnTheSpot, shortName, type AssignableKind, type Draft } from './wizard';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  item: {
    display: 'flex',
    gap: tokens.spacingHorizontalM,
    alignItems: 'flex-start',
    fontSize: tokens.fontSizeBase400,
    lineHeight: tokens.lineHeightBase400,
    overflowWrap: 'anywhere',
  },
  icon: { flexShrink: 0, fontSize: '24px', color: tokens.colorBrandForeground1, display: 'inline-flex' },
  note: {
    margin: `${tokens.spacingVerticalS} 0 0`,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM}`,
    borderLeft: `3px solid ${tokens.colorBrandStroke2}`,
    whiteSpace: 'pre-wrap',
    fontSize: tokens.fontSizeBase300,
  },
});

const linkPurpose: Record<AssignableKind, string> = {
  smartphone: 'make their phone a security key',
  contactlessCard: 'activate their card at a computer with a reader',
  hardwareKey: 'set up a FIDO2 hardware security key',
};

export function ConfirmStep({ draft }: { draft: Draft }) {
  const styles = useStyles();
  const maySeeSettings = useCan('settingsRead');
  const dashboard = useQuery({ queryKey: ['dashboard'], queryFn: ({ signal }) => api.get('/dashboard', { signal }) });
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => api.get('/settings', { signal }),
    enabled: maySeeSettings,
  });
  const name = shortName(draft);
  const full = effectiveDisplayName(draft);
  const hours = settings.data?.linkLifetimeHours;
  const lifetime = hours === undefined ? '' : ` valid for ${hours} hour${hours === 1 ? '' : 's'}`;
  const note = draft.note.trim();
  const onTheSpot = isOnTheSpot(draft);
  const mailed = dashboard.data?.mail.configured ?? true;

  const item = (icon: ReactNode, text: ReactNode) => (
    <li className={styles.item}>
      <span className={styles.icon} aria-hidden>
        {icon}
      </span>
      <div>{text}</div>
    </li>
  );
  return (
    <ul className={styles.list}>
      {item(
        <PersonAddRegular />,
        <>
          <strong>{full}</strong> will be added with the user name {effectiveUserName(draft)}.
        </>,
      )}
      {draft.groups.length > 0 &&
        item(
          <PeopleRegular />,
          <>
            {name} will become a member of {new Intl.ListFormat('en').format(draft.groups.map((group) => group.name))}.
          </>,
        )}
      {!draft.assignKey &&
        item(
          <UsbStickRegular />,
          <>No security key is assigned and no mail is sent. {name} can’t sign in until you assign a key.</>,
        )}
      {onTheSpot &&
        draft.keyKind === 'contactlessCard' &&
        item(
          <PaymentWirelessRegular />,
          <>
            The next page waits for {name}’s card on a reader.{' '}
            {!draft.withPin
              ? 'The card gets no PIN, and no mail is sent.'
              : mailed
                ? `A PIN is made up and mailed to ${draft.email.trim()}.`
                : 'A PIN is made up and shown to you, because no mail server is configured.'}
          </>,
        )}
      {onTheSpot &&
        draft.keyKind === 'smartphone' &&
        item(<QrCodeRegular />, <>The next page shows a code for {name}’s phone. No mail is sent.</>)}
      {draft.assignKey &&
        !onTheSpot &&
        mailed &&
        item(
          <MailRegular />,
          <>
            {name} will get a mail at {draft.email.trim()} with a registration link{lifetime}, to{' '}
            {linkPurpose[draft.keyKind]}.
            {note && <blockquote className={styles.note}>{note}</blockquote>}
          </>,
        )}
      {draft.assignKey &&
        !onTheSpot &&
        !mailed &&
        item(
          <QrCodeRegular />,
          <>
            You will get a registration link{lifetime} and its QR code to hand over to {name}, because no mail server is
            configured. {note && 'Your note is shown on the page behind the link.'}
          </>,
        )}
    </ul>
  );
}
