// A text to take along (a link, a secret): shown, selectable, with a button that says it was copied.
import { Button, Field, Input, makeStyles } from '@fluentui/react-components';
import { Checkmark20Regular, Copy20Regular } from '@fluentui/react-icons';
import { useRef } from 'react';
import { useCopy } from './useCopy';

const useStyles = makeStyles({
  row: { display: 'flex', gap: '8px' },
  input: { flex: '1 1 auto', minWidth: 0, '& input': { width: '100%', minWidth: 0, fontFamily: 'ui-monospace, monospace' } },
  button: { flexShrink: 0, minWidth: '104px' },
  silent: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

export function CopyField({ label, value, hint }: { label: string; value: string; hint?: string }) {
  const styles = useStyles();
  const input = useRef<HTMLInputElement>(null);
  const { outcome, said, copy } = useCopy(value, () => input.current?.select());
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <div className={styles.row}>
          <Input
            {...control}
            ref={input}
            className={styles.input}
            readOnly
            value={value}
            onFocus={(event) => event.target.select()}
          />
          <Button
            className={styles.button}
            icon={outcome === 'copied' ? <Checkmark20Regular /> : <Copy20Regular />}
            aria-label={`Copy: ${label}`}
            onClick={copy}
          >
            {outcome === 'copied' ? 'Copied' : 'Copy'}
          </Button>
          <span role="status" className={styles.silent}>
            {said}
          </span>
        </div>
      )}
    </Field>
  );
}
