// What the page shows while a card is waited for: put it on the reader, what was read, why it is not good.
import { Button, makeStyles, Spinner, tokens, typographyStyles } from '@fluentui/react-components';
import { ArrowClockwise20Regular, CheckmarkCircle24Filled, Warning24Filled } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { Illustration } from '../shared/illustrations';
import { PersonLink } from '../shared/PersonLink';
import { ProblemBar } from '../shared/ProblemBar';
import type { Reading } from './useReading';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  stage: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    textAlign: 'center',
    gap: '8px',
    padding: '24px 16px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  words: { ...typographyStyles.subtitle2, margin: 0 },
  line: { ...typographyStyles.body1, margin: 0, color: tokens.colorNeutralForeground2, maxWidth: '48ch' },
  status: { display: 'flex', gap: '10px', alignItems: 'center', textAlign: 'left' },
  number: { fontFamily: 'ui-monospace, monospace', whiteSpace: 'nowrap' },
  good: { color: tokens.colorPaletteGreenForeground1, flexShrink: 0 },
  warning: { color: tokens.colorPaletteDarkOrangeForeground1, flexShrink: 0 },
  retry: { alignSelf: 'flex-start' },
});

interface Props {
  state: Reading;
  /** What is asked for: "Put the card for Jane on the reader". */
  ask: string;
  /** Where the reader is. */
  where: string;
  /** What happens with the card that was read. */
  doing: string;
}

export function ReadingPanel({ state, ask, where, doing }: Props) {
  const styles = useStyles();
  const { reading, over, error, again } = state;
  const retry = (
    <Button className={styles.retry} icon={<ArrowClockwise20Regular />} onClick={again}>
      Wait for the card again
    </Button>
  );
  if (error && !reading) {
    return (
      <div className={styles.root}>
        <ProblemBar error={error} />
        {retry}
      </div>
    );
  }
  if (over) {
    return (
      <div className={styles.root}>
        <Said
          icon={<Warning24Filled className={styles.warning} aria-hidden />}
          title="No card was read"
          line={
            over === 'replaced'
              ? `Somebody else waits for a card at ${where} now. Nothing was changed.`
              : `Nobody put a card on the reader of ${where} within two minutes. Nothing was changed.`
          }
        />
        {retry}
      </div>
    );
  }
  const number = <span className={styles.number}>{reading?.number ? `…${reading.number}` : ''}</span>;
  switch (reading?.state) {
    case 'seen':
    case 'done':
      return (
        <Said
          icon={<CheckmarkCircle24Filled className={styles.good} aria-hidden />}
          title={<>Card {number} was read</>}
          line={doing}
        />
      );
    case 'taken':
      return (
        <Said
          icon={<Warning24Filled className={styles.warning} aria-hidden />}
          title={<>Card {number} is somebody’s already</>}
          line={
            reading.takenBy ? (
              <>
                It is “{reading.takenBy.keyName}” of{' '}
                <PersonLink id={reading.takenBy.userId} displayName={reading.takenBy.userDisplayName} plain />. Put another
                card on the reader, or revoke it there first.
              </>
            ) : (
              'It belongs to another person. Put another card on the reader; if this one was given to you, ask your administrator.'
            )
          }
        />
      );
    case 'unusable':
      return (
        <Said
          icon={<Warning24Filled className={styles.warning} aria-hidden />}
          title="This card can’t be used"
          line="It tells no number of its own, or another one each time, as phones, bank cards and passports do; or it was lifted too early. Put it on once more, or take another card."
        />
      );
    default:
      return (
        <div className={styles.stage} role="status">
          <Illustration name="card" />
          <p className={styles.words}>{ask}</p>
          <p className={styles.line}>{where}</p>
          <span className={styles.status}>
            <Spinner size="tiny" aria-hidden />
            {reading ? 'Waiting for the card…' : 'The reader gets ready…'}
          </span>
        </div>
      );
  }
}

function Said({ icon, title, line }: { icon: ReactNode; title: ReactNode; line: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.stage} role="status">
      <span className={styles.status}>
        {icon}
        <span className={styles.words}>{title}</span>
      </span>
      <p className={styles.line}>{line}</p>
    </div>
  );
}
