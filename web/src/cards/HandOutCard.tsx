// For a person who stands beside the administrator, or whose card lies on the desk: the next card on the
// reader becomes theirs.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { ArrowClockwise20Regular, CheckmarkCircle24Filled } from '@fluentui/react-icons';
import { useRefreshKeys } from '../keys/refresh';
import { ProblemBar } from '../shared/ProblemBar';
import { useWorkstationHere, WorkstationChoice } from '../workstations/WorkstationChoice';
import { PinNote } from './PinNote';
import { ReadingPanel } from './ReadingPanel';
import { useHandOut } from './useHandOut';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  done: { display: 'flex', gap: '12px', alignItems: 'center', ...typographyStyles.body1 },
  good: { color: tokens.colorPaletteGreenForeground1, flexShrink: 0 },
  retry: { alignSelf: 'flex-start' },
});

interface Props {
  keyId: string;
  person: { displayName: string; email: string };
}

export function HandOutCard({ keyId, person }: Props) {
  const styles = useStyles();
  const refresh = useRefreshKeys();
  const workstation = useWorkstationHere();
  const { state, bound, failure, again } = useHandOut(keyId, workstation, refresh);
  if (bound) {
    return (
      <div className={styles.root}>
        <div role="status" className={styles.done}>
          <CheckmarkCircle24Filled className={styles.good} aria-hidden />
          <div>
            <strong>The card of {person.displayName} works</strong> at every workstation, from now on.
          </div>
        </div>
        <PinNote pin={bound.pin} signsInHere={bound.signsInHere} person={person} />
      </div>
    );
  }
  return (
    <div className={styles.root}>
      <WorkstationChoice />
      {failure ? (
        <>
          <ProblemBar error={failure} />
          <Button className={styles.retry} icon={<ArrowClockwise20Regular />} onClick={again}>
            Read a card again
          </Button>
        </>
      ) : workstation?.online && workstation.readers.length > 0 ? (
        <ReadingPanel
          state={state}
          ask={`Put the card for ${person.displayName} on the reader`}
          where={workstation.name}
          doing={`It becomes the card of ${person.displayName}…`}
        />
      ) : null}
    </div>
  );
}
