// A person as initials and a name that leads to their page.
import { Avatar, makeStyles, tokens } from '@fluentui/react-components';
import { TextLink } from './links';

const useStyles = makeStyles({
  row: { display: 'inline-flex', alignItems: 'center', gap: '10px', minWidth: 0, maxWidth: '100%' },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  name: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  email: {
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
    color: tokens.colorNeutralForeground3,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  },
});

interface Props {
  id: string;
  displayName: string;
  email?: string;
  /** Without the initials, inside sentences and dense tables. */
  plain?: boolean;
}

export function PersonLink({ id, displayName, email, plain }: Props) {
  const styles = useStyles();
  const link = (
    <TextLink to="/users/$id" params={{ id }} className={styles.name}>
      {displayName}
    </TextLink>
  );
  if (plain) return link;
  return (
    <span className={styles.row}>
      <Avatar aria-hidden name={displayName} color="colorful" size={32} />
      <span className={styles.words}>
        {link}
        {email ? <span className={styles.email}>{email}</span> : null}
      </span>
    </span>
  );
}
