// A card that is a settings form: its fields, its problem, its save button.
import { Button, makeStyles, typographyStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { useCan } from '../app/session';
import { Card } from '../shared/Card';
import { ProblemBar } from '../shared/ProblemBar';
import { ErrorState, SkeletonLines } from '../shared/states';
import type { SettingsForm } from './useSettingsForm';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '20px', maxWidth: '560px' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  quiet: { ...typographyStyles.body1, margin: 0, color: tokens.colorNeutralForeground3 },
});

interface Props {
  title: string;
  description?: string;
  form: SettingsForm;
  /** Fields that show their own messages. */
  fields: readonly string[];
  /** A message that keeps the form from being sent; its field shows it. */
  blocked?: boolean;
  children: ReactNode;
}

export function FormCard({ title, description, form, fields, blocked, children }: Props) {
  const styles = useStyles();
  const mayWrite = useCan('settingsWrite');
  return (
    <Card title={title} description={description}>
      {form.loadError ? (
        <ErrorState error={form.loadError} onRetry={form.retry} level={3} />
      ) : !form.values ? (
        <SkeletonLines lines={6} label="Settings are loading" />
      ) : (
        <form
          noValidate
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            if (!blocked) void form.save();
          }}
        >
          {children}
          <ProblemBar error={form.error} fields={fields} />
          {mayWrite ? (
            <div className={styles.buttons}>
              <Button type="submit" appearance="primary" disabledFocusable={form.busy || !form.changed}>
                {form.busy ? 'Saving…' : 'Save'}
              </Button>
              {form.startOver ? <Button onClick={form.startOver}>Load the latest settings</Button> : null}
            </div>
          ) : (
            <p className={styles.quiet}>Your role reads these settings; administrators and owners change them.</p>
          )}
        </form>
      )}
    </Card>
  );
}
