// The head of every invitation: who invites, whom, and the administrator's note.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import type { RegistrationInvitation } from '../api';

const useStyles = makeStyles({
  eyebrow: { ...typographyStyles.body1Strong, margin: '0 0 4px', color: tokens.colorBrandForeground1 },
  title: { ...typographyStyles.title3, margin: 0, outlineStyle: 'none' },
  lead: { ...typographyStyles.body1, margin: '8px 0 20px', color: tokens.colorNeutralForeground2 },
  who: {
    display: 'flex',
    flexDirection: 'column',
    padding: '12px 16px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground3,
    overflowWrap: 'anywhere',
  },
  name: typographyStyles.body1Strong,
  email: { color: tokens.colorNeutralForeground2 },
  note: {
    margin: '16px 0 0',
    padding: '4px 0 4px 16px',
    borderLeft: `3px solid ${tokens.colorBrandStroke2}`,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
  noteBy: { ...typographyStyles.caption1, display: 'block', color: tokens.colorNeutralForeground3 },
});

interface Props {
  invitation: RegistrationInvitation;
  title: string;
  lead: string;
}

export function Invited({ invitation, title, lead }: Props) {
  const styles = useStyles();
  const { person, organisationName, note } = invitation;
  return (
    <>
      <p className={styles.eyebrow}>{organisationName}</p>
      <h1 className={styles.title} tabIndex={-1}>
        {title}
      </h1>
      <p className={styles.lead}>{lead}</p>
      <div className={styles.who}>
        <span className={styles.name}>{person.displayName}</span>
        <span className={styles.email}>{person.email}</span>
      </div>
      {note ? (
        <blockquote className={styles.note}>
          <span className={styles.noteBy}>A note from your administrator</span>
          {note}
        </blockquote>
      ) : null}
    </>
  );
}
