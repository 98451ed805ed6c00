// The frame of pages without navigation (signing in, setting up, registering, faults): the mark
// above, one card in the middle, the theme switch in the corner.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { useEffect, useRef, type ReactNode } from 'react';
import { Mark } from './Mark';
import { ThemeMenu } from './ThemeMenu';

const useStyles = makeStyles({
  frame: {
    display: 'flex',
    flexDirection: 'column',
    minHeight: '100dvh',
    backgroundColor: tokens.colorNeutralBackground2,
    // A quiet arch of the two brand colours behind the card.
    backgroundImage: `radial-gradient(120% 60% at 50% -12%, ${tokens.colorBrandBackground2} 0%, transparent 70%)`,
    backgroundRepeat: 'no-repeat',
  },
  bar: { display: 'flex', justifyContent: 'flex-end', padding: '12px 16px' },
  main: {
    flex: 1,
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    padding: '4vh 16px 64px',
  },
  brand: { display: 'flex', alignItems: 'center', gap: '12px', marginBottom: '24px' },
  product: { ...typographyStyles.title3, letterSpacing: '-0.015em' },
  card: {
    width: '100%',
    maxWidth: '480px',
    padding: '40px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: '16px',
    boxShadow: tokens.shadow8,
    '@media (max-width: 700px)': { padding: '24px 20px' },
  },
  below: {
    ...typographyStyles.caption1,
    marginTop: '24px',
    maxWidth: '480px',
    textAlign: 'center',
    color: tokens.colorNeutralForeground3,
  },
});

/** `step`: change it when the card shows something new; its heading then gets the focus. */
export function Bare({ children, below, step }: { children: ReactNode; below?: ReactNode; step?: string }) {
  const styles = useStyles();
  const card = useRef<HTMLDivElement>(null);
  const before = useRef(step);
  useEffect(() => {
    if (before.current === step) return;
    before.current = step;
    card.current?.querySelector<HTMLElement>('h1')?.focus();
  }, [step]);
  return (
    <div className={styles.frame}>
      <header className={styles.bar}>
        <ThemeMenu />
      </header>
      <main className={styles.main}>
        <div className={styles.brand}>
          <Mark size={36} />
          <span className={styles.product}>Keystead</span>
        </div>
        <div className={styles.card} ref={card}>
          {children}
        </div>
        {below ? <div className={styles.below}>{below}</div> : null}
      </main>
    </div>
  );
}
