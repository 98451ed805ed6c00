// Activity as sentences, newest first: on the dashboard and on a person's page. The whole table
// with its filters is ActivityPage.
import { makeStyles, tokens } from '@fluentui/react-components';
import type { ActivityEntry } from '../api';
import { Time } from '../shared/Time';
import { ActionIcon } from './ActionIcon';
import { Sentence } from './Sentence';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  item: {
    display: 'flex',
    gap: '12px',
    padding: '10px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    ':last-child': { borderBottom: 'none' },
  },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0, overflowWrap: 'anywhere' },
  faint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
});

export function Timeline({ entries }: { entries: readonly ActivityEntry[] }) {
  const styles = useStyles();
  return (
    <ol className={styles.list} reversed>
      {entries.map((entry) => (
        <li key={entry.id} className={styles.item}>
          <ActionIcon action={entry.action} />
          <span className={styles.words}>
            <Sentence entry={entry} />
            <span className={styles.faint}>
              <Time at={entry.at} />
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}
