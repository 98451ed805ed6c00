import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { asProblem } from '../api';

const useStyles = makeStyles({
  bar: { textAlign: 'left', paddingTop: '8px', paddingBottom: '8px' },
  title: { display: 'block' },
  list: { margin: '4px 0 0', paddingLeft: '20px' },
});

interface Props {
  /** null or undefined shows nothing. */
  error: unknown;
  /** Fields that show their own message; a problem that concerns only them is not repeated here. */
  fields?: readonly string[];
}

/** A problem in words above or below a form, announced at once. */
export function ProblemBar({ error, fields = [] }: Props) {
  const styles = useStyles();
  if (error === null || error === undefined) return null;
  const problem = asProblem(error);
  const elsewhere = problem.errors.filter((entry) => !fields.includes(entry.field));
  if (problem.errors.length > 0 && elsewhere.length === 0) return null;
  return (
    <div role="alert">
      <MessageBar intent="error" layout="multiline" className={styles.bar}>
        <MessageBarBody>
          <MessageBarTitle className={styles.title}>{problem.title}</MessageBarTitle>
          {problem.detail}
          {elsewhere.length > 0 ? (
            <ul className={styles.list}>
              {elsewhere.map((entry) => (
                <li key={`${entry.field} ${entry.code}`}>{entry.message}</li>
              ))}
            </ul>
          ) : null}
        </MessageBarBody>
      </MessageBar>
    </div>
  );
}
