// One step of a wizard: its heading, which takes the focus when the step changes, its content, and
// the buttons below it.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { useEffect, useRef, type ReactNode } from 'react';
import { Card } from './Card';

const useStyles = makeStyles({
  heading: { ...typographyStyles.subtitle1, margin: `0 0 ${tokens.spacingVerticalL}`, outlineStyle: 'none' },
  failure: { marginTop: tokens.spacingVerticalL },
  foot: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalS,
    marginTop: tokens.spacingVerticalXXL,
    paddingTop: tokens.spacingVerticalL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  spring: { flex: '1 1 auto' },
});

interface Props<Step extends string> {
  steps: readonly Step[];
  names: Readonly<Record<Step, string>>;
  step: Step;
  /** The way out, on the left. */
  leave: ReactNode;
  /** undefined at the first step. */
  onBack: (() => void) | undefined;
  /** The words of the button that leads on; it submits the form around the card. */
  next: string;
  busy?: boolean;
  /** What went wrong with going on, above the buttons. */
  failure?: ReactNode;
  children: ReactNode;
}

export function WizardCard<Step extends string>(props: Props<Step>) {
  const { steps, names, step, leave, onBack, next, busy, failure, children } = props;
  const styles = useStyles();
  const heading = useFocusOnChange(step);
  return (
    <Card>
      <h2 ref={heading} tabIndex={-1} className={styles.heading}>
        Step {steps.indexOf(step) + 1} of {steps.length}: {names[step]}
      </h2>
      {children}
      <div className={styles.failure}>{failure}</div>
      <div className={styles.foot}>
        {leave}
        <span className={styles.spring} />
        {onBack && <Button onClick={onBack}>Back</Button>}
        <Button type="submit" appearance="primary" disabledFocusable={busy}>
          {next}
        </Button>
      </div>
    </Card>
  );
}

/** Moves the focus to the step's heading when the step changes; the page's own heading has it first. */
function useFocusOnChange(step: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    heading.current?.focus();
  }, [step]);
  return heading;
}
