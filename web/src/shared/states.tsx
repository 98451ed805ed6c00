// What a page shows instead of its content: nothing there yet, something failed, still loading.
import { Button, makeStyles, Skeleton, SkeletonItem, tokens, typographyStyles } from '@fluentui/react-components';
import { ArrowClockwise20Regular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { asProblem } from '../api';
import { Illustration, type IllustrationName } from './illustrations';

const useStyles = makeStyles({
  centre: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    textAlign: 'center',
    gap: '8px',
    padding: '48px 16px',
  },
  title: { ...typographyStyles.subtitle1, margin: '8px 0 0' },
  body: { ...typographyStyles.body1, margin: 0, maxWidth: '52ch', color: tokens.colorNeutralForeground3 },
  actions: { display: 'flex', flexWrap: 'wrap', justifyContent: 'center', gap: '8px', marginTop: '16px' },
  reference: { ...typographyStyles.caption1, margin: '8px 0 0', color: tokens.colorNeutralForeground3 },
  rows: { display: 'flex', flexDirection: 'column', gap: '16px', padding: '16px' },
});

interface EmptyProps {
  illustration: IllustrationName;
  title: string;
  children?: ReactNode;
  /** Buttons: what to do next. */
  actions?: ReactNode;
  /** 2 under a page's title (the usual), 1 where it is the page's only heading. */
  level?: 1 | 2 | 3;
}

export function EmptyState({ illustration, title, children, actions, level = 2 }: EmptyProps) {
  const styles = useStyles();
  const Heading = `h${level}` as const;
  return (
    <div className={styles.centre}>
      <Illustration name={illustration} />
      <Heading className={styles.title} tabIndex={level === 1 ? -1 : undefined}>
        {title}
      </Heading>
      {children ? <div className={styles.body}>{children}</div> : null}
      {actions ? <div className={styles.actions}>{actions}</div> : null}
    </div>
  );
}

export function ErrorState({ error, onRetry, level = 2 }: { error: unknown; onRetry?: () => void; level?: 1 | 2 | 3 }) {
  const styles = useStyles();
  const problem = asProblem(error);
  const Heading = `h${level}` as const;
  return (
    <div className={styles.centre} role="alert">
      <Illustration name="broken" />
      <Heading className={styles.title} tabIndex={level === 1 ? -1 : undefined}>
        {problem.title}
      </Heading>
      <p className={styles.body}>{problem.detail}</p>
      {onRetry ? (
        <div className={styles.actions}>
          <Button icon={<ArrowClockwise20Regular />} onClick={onRetry}>
            Try again
          </Button>
        </div>
      ) : null}
      {problem.requestId ? <p className={styles.reference}>Reference for your support: {problem.requestId}</p> : null}
    </div>
  );
}

/** Grey lines where text will be. `label` is what screen readers hear. */
export function SkeletonLines({ lines = 4, label = 'Loading' }: { lines?: number; label?: string }) {
  const styles = useStyles();
  return (
    <Skeleton aria-label={label} className={styles.rows}>
      {Array.from({ length: lines }, (_, line) => (
        <SkeletonItem key={line} size={16} />
      ))}
    </Skeleton>
  );
}
