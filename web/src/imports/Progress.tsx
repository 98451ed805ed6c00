// An import at work: what it does, how far it is, how fast, what went wrong so far, and how long it
// will take. The numbers move each second; what is read out changes a few times in a run.
import { makeStyles, ProgressBar, tokens, typographyStyles } from '@fluentui/react-components';
import { PauseCircle20Regular, Warning20Regular } from '@fluentui/react-icons';
import type { Import } from '../api';
import { announcement, phaseWords, progressView } from './progress';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '12px' },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'baseline', justifyContent: 'space-between', gap: '4px 16px' },
  phase: { ...typographyStyles.subtitle2, margin: 0 },
  numbers: { fontVariantNumeric: 'tabular-nums' },
  facts: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 24px',
    minHeight: '20px',
    color: tokens.colorNeutralForeground3,
    fontVariantNumeric: 'tabular-nums',
  },
  note: { display: 'inline-flex', alignItems: 'center', gap: '8px', color: tokens.colorNeutralForeground1 },
  silent: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

export function Progress({ run }: { run: Import }) {
  const styles = useStyles();
  const view = progressView(run.progress);
  const phase = phaseWords(run);
  return (
    <div className={styles.root}>
      <div className={styles.head}>
        <p className={styles.phase}>{phase}</p>
        <span className={styles.numbers}>{view.count}</span>
      </div>
      <ProgressBar thickness="large" value={view.part} aria-label={phase} aria-valuetext={view.count} />
      <div className={styles.facts}>
        {view.rate ? <span>{view.rate}</span> : null}
        {view.left ? <span>{view.left}</span> : null}
        {view.paused ? (
          <span className={styles.note}>
            <PauseCircle20Regular aria-hidden />
            {view.paused}
          </span>
        ) : null}
        {view.errors > 0 ? (
          <span className={styles.note}>
            <Warning20Regular aria-hidden />
            {view.errors === 1 ? '1 problem so far' : `${view.errors.toLocaleString('en')} problems so far`}
          </span>
        ) : null}
      </div>
      <span role="status" className={styles.silent}>
        {announcement(run)}
      </span>
    </div>
  );
}
