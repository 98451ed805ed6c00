// The counts of a plan or a report as cards; pressing one shows only its rows in the table below.
import { makeStyles, mergeClasses, tokens, typographyStyles } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  list: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(118px, 1fr))',
    gap: '12px',
    listStyle: 'none',
    margin: 0,
    padding: 0,
    '@media (max-width: 700px)': { gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' },
  },
  count: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: '6px',
    width: '100%',
    height: '100%',
    padding: '14px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    font: 'inherit',
    textAlign: 'left',
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
  },
  none: { cursor: 'default', ':hover': { backgroundColor: tokens.colorNeutralBackground1 } },
  chosen: {
    border: `1px solid ${tokens.colorCompoundBrandStroke}`,
    boxShadow: `inset 0 0 0 1px ${tokens.colorCompoundBrandStroke}`,
  },
  number: { ...typographyStyles.title3, fontVariantNumeric: 'tabular-nums' },
  faint: { color: tokens.colorNeutralForeground3 },
  meaning: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase200 },
});

export interface Count<Key extends string> {
  key: Key;
  badge: ReactNode;
  count: number;
  meaning: string;
}

interface Props<Key extends string> {
  label: string;
  counts: readonly Count<Key>[];
  chosen: Key | undefined;
  onChoose: (key: Key | undefined) => void;
}

export function Counts<Key extends string>({ label, counts, chosen, onChoose }: Props<Key>) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label={label}>
      {counts.map(({ key, badge, count, meaning }) => {
        const inner = (
          <>
            {badge}
            <span className={mergeClasses(styles.number, count === 0 && styles.faint)}>{count.toLocaleString('en')}</span>
            <span className={styles.meaning}>{meaning}</span>
          </>
        );
        return (
          <li key={key}>
            {count === 0 && chosen !== key ? (
              <div className={mergeClasses(styles.count, styles.none)}>{inner}</div>
            ) : (
              <button
                type="button"
                className={mergeClasses(styles.count, chosen === key && styles.chosen)}
                aria-pressed={chosen === key}
                onClick={() => onChoose(chosen === key ? undefined : key)}
              >
                {inner}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
