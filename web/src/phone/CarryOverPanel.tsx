// The code that brings an activation from this screen to a phone: a picture to scan, a short code to
// type, and live what becomes of it.
import { Button, makeStyles, Spinner, tokens, typographyStyles } from '@fluentui/react-components';
import { ArrowClockwise20Regular, CheckmarkCircle24Filled, Phone24Regular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { ProblemBar } from '../shared/ProblemBar';
import { QrCode } from '../shared/QrCode';
import { SkeletonLines } from '../shared/states';
import { deviceWords } from '../shared/userAgent';
import type { CarryOverState } from './useCarryOver';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  code: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalXXL,
    alignItems: 'center',
    justifyContent: 'center',
    padding: '20px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  typing: { flex: '1 1 12rem', minWidth: 0, overflowWrap: 'anywhere' },
  faint: { ...typographyStyles.body1, margin: 0, color: tokens.colorNeutralForeground3 },
  address: { ...typographyStyles.body1Strong, margin: '0 0 8px' },
  short: {
    fontFamily: 'ui-monospace, monospace',
    fontSize: '28px',
    lineHeight: '40px',
    letterSpacing: '0.06em',
    whiteSpace: 'nowrap',
    margin: 0,
  },
  status: { display: 'flex', gap: '12px', alignItems: 'center', ...typographyStyles.body1 },
  good: { color: tokens.colorPaletteGreenForeground1, flexShrink: 0, display: 'inline-flex' },
  icon: { color: tokens.colorBrandForeground1, flexShrink: 0, display: 'inline-flex' },
  retry: { alignSelf: 'flex-start' },
});

interface Props {
  state: CarryOverState;
  /** Whose phone, as in "Jane’s phone" or "your phone". */
  whose: string;
  /** What is said once the phone is registered. */
  done: ReactNode;
}

export function CarryOverPanel({ state, whose, done }: Props) {
  const styles = useStyles();
  const { shown, progress, error, busy, show } = state;
  const again = (label: string) => (
    <Button className={styles.retry} icon={<ArrowClockwise20Regular />} disabledFocusable={busy} onClick={show}>
      {label}
    </Button>
  );
  if (!shown) {
    return (
      <div className={styles.root}>
        <ProblemBar error={error} />
        {error ? again('Try again') : <SkeletonLines lines={5} label="The code is made" />}
      </div>
    );
  }
  const stage = progress?.stage ?? 'waiting';
  const status = (icon: ReactNode, words: ReactNode) => (
    <div role="status" className={styles.status}>
      {icon}
      <div>{words}</div>
    </div>
  );
  const phone = <Phone24Regular className={styles.icon} aria-hidden />;
  return (
    <div className={styles.root}>
      <ProblemBar error={error} />
      {stage === 'waiting' ? (
        <div className={styles.code}>
          <QrCode text={shown.link} label={`QR code for ${whose}`} />
          <div className={styles.typing}>
            <p className={styles.faint}>Point the phone’s camera here. Or open this address on it:</p>
            <p className={styles.address}>{shown.page.replace(/^https?:\/\//, '')}</p>
            <p className={styles.faint}>and type</p>
            <p className={styles.short}>{shown.code}</p>
          </div>
        </div>
      ) : null}
      {stage === 'waiting' &&
        status(<Spinner size="tiny" aria-hidden />, 'Waiting for the phone. The code works once, for ten minutes.')}
      {stage === 'opened' && (
        <>
          {status(
            phone,
            <>
              <strong>Opened on {deviceWords(progress?.phone ?? null)}.</strong> Go on there; this page follows.
            </>,
          )}
          <p className={styles.faint}>Not {whose}? Show a new code: it takes the activation back at once.</p>
          {again('Show a new code')}
        </>
      )}
      {stage === 'registered' &&
        status(<CheckmarkCircle24Filled className={styles.good} aria-hidden />, done)}
      {stage === 'expired' && (
        <>
          {status(phone, 'The code has run out. Nothing was registered.')}
          {again('Show a new code')}
        </>
      )}
      {stage === 'replaced' && (
        <>
          {status(phone, 'A newer code was shown on another screen, so this one stopped working.')}
          {again('Show a new code here')}
        </>
      )}
      {stage === 'ended' &&
        status(phone, 'The activation was cancelled, or its time is over. Nothing was registered.')}
    </div>
  );
}
