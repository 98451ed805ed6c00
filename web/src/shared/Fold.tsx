// A card whose content is unfolded by its title: for what most people never need.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { ChevronDown20Regular, ChevronRight20Regular } from '@fluentui/react-icons';
import { useId, useState, type ReactNode } from 'react';

const useStyles = makeStyles({
  card: {
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    overflow: 'hidden',
    minWidth: 0,
  },
  heading: { margin: 0 },
  button: {
    display: 'flex',
    alignItems: 'center',
    gap: '12px',
    width: '100%',
    padding: '18px 24px',
    '@media (max-width: 700px)': { padding: '16px' },
    border: 'none',
    background: 'none',
    color: tokens.colorNeutralForeground1,
    font: 'inherit',
    textAlign: 'left',
    cursor: 'pointer',
    '& svg': { flexShrink: 0 },
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-4px' },
  },
  words: { display: 'flex', flexDirection: 'column', gap: '2px', minWidth: 0 },
  title: typographyStyles.subtitle2,
  description: { ...typographyStyles.body1, color: tokens.colorNeutralForeground3 },
  content: { padding: '4px 24px 24px', '@media (max-width: 700px)': { padding: '4px 16px 16px' } },
});

interface Props {
  title: string;
  description: string;
  children: ReactNode;
}

export function Fold({ title, description, children }: Props) {
  const styles = useStyles();
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <section className={styles.card}>
      <h2 className={styles.heading}>
        <button
          type="button"
          className={styles.button}
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          onClick={() => setOpen(!open)}
        >
          {open ? <ChevronDown20Regular aria-hidden /> : <ChevronRight20Regular aria-hidden />}
          <span className={styles.words}>
            <span className={styles.title}>{title}</span>
            <span className={styles.description}>{description}</span>
          </span>
        </button>
      </h2>
      {open ? (
        <div id={id} className={styles.content}>
          {children}
        </div>
      ) : null}
    </section>
  );
}
