// A titled panel of a page, and a list of label/value pairs to put into it.
import { makeStyles, mergeClasses, tokens, typographyStyles } from '@fluentui/react-components';
import { useId, type ReactNode } from 'react';

const useStyles = makeStyles({
  card: {
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    padding: '24px',
    minWidth: 0,
    '@media (max-width: 700px)': { padding: '16px' },
  },
  flush: { padding: 0, overflow: 'hidden', '@media (max-width: 700px)': { padding: 0 } },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: '8px 16px',
    marginBottom: '16px',
  },
  headFlush: { padding: '20px 24px 0', '@media (max-width: 700px)': { padding: '16px 16px 0' } },
  title: { ...typographyStyles.subtitle2, margin: 0 },
  description: { ...typographyStyles.body1, margin: '4px 0 0', color: tokens.colorNeutralForeground3, maxWidth: '68ch' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'fit-content(200px) minmax(0, 1fr)',
    gap: '12px 24px',
    margin: 0,
    '@media (max-width: 700px)': { gridTemplateColumns: '1fr', gap: '2px' },
  },
  term: { ...typographyStyles.body1, color: tokens.colorNeutralForeground3 },
  value: {
    ...typographyStyles.body1,
    margin: 0,
    minWidth: 0,
    overflowWrap: 'anywhere',
    '@media (max-width: 700px)': { marginBottom: '10px' },
  },
});

interface CardProps {
  title?: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** No padding, for a list that reaches the edges. */
  flush?: boolean;
  children?: ReactNode;
}

export function Card({ title, description, actions, flush, children }: CardProps) {
  const styles = useStyles();
  const id = useId();
  return (
    <section className={mergeClasses(styles.card, flush && styles.flush)} aria-labelledby={title ? id : undefined}>
      {title || actions ? (
        <div className={mergeClasses(styles.head, flush && styles.headFlush)}>
          <div>
            {title ? (
              <h2 id={id} className={styles.title}>
                {title}
              </h2>
            ) : null}
            {description ? <p className={styles.description}>{description}</p> : null}
          </div>
          {actions ? <div className={styles.actions}>{actions}</div> : null}
        </div>
      ) : null}
      {children}
    </section>
  );
}

/** Label/value pairs; an empty value is shown as a dash that screen readers call "not set". */
export function Facts({ items }: { items: [label: string, value: ReactNode][] }) {
  const styles = useStyles();
  return (
    <dl className={styles.facts}>
      {items.map(([label, value]) => (
        <FactRow key={label} label={label} value={value} term={styles.term} description={styles.value} />
      ))}
    </dl>
  );
}

function FactRow(props: { label: string; value: ReactNode; term: string; description: string }) {
  const empty = props.value === null || props.value === undefined || props.value === '';
  return (
    <>
      <dt className={props.term}>{props.label}</dt>
      <dd className={props.description}>{empty ? <NotSet /> : props.value}</dd>
    </>
  );
}

export function NotSet() {
  return (
    <span role="img" aria-label="not set">
      –
    </span>
  );
}
