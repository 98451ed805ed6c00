// The top of every page: where it stands, its name (also the window's title), what it is for, its actions.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { usePageTitle } from './usePageTitle';

const useStyles = makeStyles({
  header: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'flex-end',
    justifyContent: 'space-between',
    gap: '16px',
    marginBottom: '24px',
  },
  words: { minWidth: 0, flex: '1 1 320px' },
  above: { marginBottom: '8px' },
  title: {
    ...typographyStyles.title2,
    margin: 0,
    letterSpacing: '-0.015em',
    overflowWrap: 'anywhere',
    outlineStyle: 'none',
    '@media (max-width: 700px)': { fontSize: tokens.fontSizeBase600, lineHeight: tokens.lineHeightBase600 },
  },
  titleRow: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '12px' },
  description: {
    ...typographyStyles.body1,
    margin: '4px 0 0',
    color: tokens.colorNeutralForeground3,
    maxWidth: '68ch',
  },
  actions: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});

interface Props {
  /** The page's heading, and the first words of the window's title. */
  title: string;
  description?: ReactNode;
  /** Breadcrumb or a link back, above the title. */
  above?: ReactNode;
  /** Beside the title, e.g. a status badge. */
  beside?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, description, above, beside, actions }: Props) {
  const styles = useStyles();
  usePageTitle(title);
  return (
    <header className={styles.header}>
      <div className={styles.words}>
        {above ? <div className={styles.above}>{above}</div> : null}
        <div className={styles.titleRow}>
          {/* The shell moves the focus here after a change of page. */}
          <h1 className={styles.title} tabIndex={-1}>
            {title}
          </h1>
          {beside}
        </div>
        {description ? <p className={styles.description}>{description}</p> : null}
      </div>
      {actions ? <div className={styles.actions}>{actions}</div> : null}
    </header>
  );
}
