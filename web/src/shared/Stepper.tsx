// The steps of a wizard: where one is, what is done and what can be gone to.
// On a phone the current step's name and the bar are enough.
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { Checkmark16Filled } from '@fluentui/react-icons';

interface Props<Step extends string> {
  /** In order. */
  steps: readonly Step[];
  names: Readonly<Record<Step, string>>;
  current: Step;
  /** The furthest step that can be gone to. */
  reached: Step;
  onGo: (step: Step) => void;
}

const narrow = '@media (max-width: 700px)';

const useStyles = makeStyles({
  list: {
    display: 'flex',
    gap: tokens.spacingHorizontalS,
    listStyle: 'none',
    margin: `0 0 ${tokens.spacingVerticalXXL}`,
    padding: 0,
  },
  item: { flex: '1 1 0', minWidth: 0 },
  step: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    width: '100%',
    minHeight: '44px',
    padding: `${tokens.spacingVerticalS} 0`,
    border: 'none',
    borderTop: `3px solid ${tokens.colorNeutralStroke2}`,
    background: 'none',
    color: tokens.colorNeutralForeground3,
    font: 'inherit',
    fontSize: tokens.fontSizeBase300,
    textAlign: 'left',
    [narrow]: { minHeight: '28px', paddingBottom: 0 },
  },
  passed: { borderTopColor: tokens.colorCompoundBrandStroke },
  reachable: {
    cursor: 'pointer',
    ':hover': { color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
  },
  current: { color: tokens.colorNeutralForeground1, fontWeight: tokens.fontWeightSemibold },
  number: {
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    flexShrink: 0,
    width: '24px',
    height: '24px',
    borderRadius: tokens.borderRadiusCircular,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    fontSize: tokens.fontSizeBase200,
    [narrow]: { display: 'none' },
  },
  numberPassed: {
    border: 'none',
    backgroundColor: tokens.colorBrandBackground,
    color: tokens.colorNeutralForegroundOnBrand,
  },
  name: {
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    // Still there for those who hear the page.
    [narrow]: { position: 'absolute', width: '1px', height: '1px', clipPath: 'inset(50%)' },
  },
});

export function Stepper<Step extends string>({ steps, names, current, reached, onGo }: Props<Step>) {
  const styles = useStyles();
  const at = steps.indexOf(current);
  const upTo = steps.indexOf(reached);
  return (
    <nav aria-label="Steps">
      <ol className={styles.list}>
        {steps.map((step, index) => {
          const inner = (
            <>
              <span className={mergeClasses(styles.number, index <= at && styles.numberPassed)} aria-hidden>
                {index < at ? <Checkmark16Filled /> : index + 1}
              </span>
              <span className={styles.name}>{names[step]}</span>
            </>
          );
          const looks = mergeClasses(
            styles.step,
            index <= at && styles.passed,
            index <= upTo && index !== at && styles.reachable,
            index === at && styles.current,
          );
          return (
            <li key={step} className={styles.item}>
              {index <= upTo && index !== at ? (
                <button type="button" className={looks} onClick={() => onGo(step)}>
                  {inner}
                </button>
              ) : (
                <span className={looks} {...(index === at ? { 'aria-current': 'step' as const } : {})}>
                  {inner}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
