// Why this phone can't become a key yet, and what to do about it. Nothing is used up meanwhile.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { ArrowClockwise20Regular } from '@fluentui/react-icons';
import { useEffect } from 'react';
import { CopyField } from '../shared/CopyField';
import type { Obstacle } from './obstacle';

const useStyles = makeStyles({
  title: { ...typographyStyles.title3, margin: 0, outlineStyle: 'none' },
  why: { ...typographyStyles.body1, margin: '8px 0 0', color: tokens.colorNeutralForeground2 },
  steps: { ...typographyStyles.body1, margin: '20px 0', paddingLeft: '20px' },
  step: { marginBottom: '8px' },
  stack: { display: 'flex', flexDirection: 'column', gap: '16px' },
  calm: { ...typographyStyles.caption1, margin: 0, color: tokens.colorNeutralForeground3 },
  button: { minHeight: '52px', width: '100%' },
});

interface Props {
  obstacle: Obstacle;
  /** The page with its secret, for another browser. */
  address: string;
  onRetry: () => void;
}

export function ObstacleView({ obstacle, address, onRetry }: Props) {
  const styles = useStyles();
  const inApp = obstacle.code === 'app';
  useEffect(() => {
    // "Open in browser" takes what stands in the address bar along, so the secret goes back there.
    if (inApp) window.history.replaceState(window.history.state, '', address);
  }, [inApp, address]);
  return (
    <>
      <h1 className={styles.title} tabIndex={-1}>
        {obstacle.title}
      </h1>
      <p className={styles.why}>{obstacle.why}</p>
      <ol className={styles.steps}>
        {obstacle.steps.map((step) => (
          <li key={step} className={styles.step}>
            {step}
          </li>
        ))}
      </ol>
      <div className={styles.stack}>
        {obstacle.elsewhere && address.includes('#') ? (
          <CopyField label="This page’s address" value={address} hint="It is yours alone: send it to nobody." />
        ) : null}
        {inApp ? null : (
          <Button
            appearance="primary"
            size="large"
            className={styles.button}
            icon={<ArrowClockwise20Regular />}
            onClick={onRetry}
          >
            Try again
          </Button>
        )}
        <p className={styles.calm}>
          Nothing is used up: your link works as before. If you get no further, ask your administrator for a hardware
          security key instead.
        </p>
      </div>
    </>
  );
}
