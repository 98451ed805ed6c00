// A piece of code inside a table or a sentence, with a small button that copies it.
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { Checkmark16Regular, Copy16Regular } from '@fluentui/react-icons';
import { useRef } from 'react';
import { useCopy } from './useCopy';

const useStyles = makeStyles({
  root: { display: 'inline-flex', alignItems: 'flex-start', gap: '4px', maxWidth: '100%' },
  code: {
    paddingTop: '3px',
    fontFamily: 'ui-monospace, monospace',
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
    overflowWrap: 'anywhere',
    minWidth: 0,
  },
  button: { flexShrink: 0 },
  silent: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

export function CopyText({ text }: { text: string }) {
  const styles = useStyles();
  const code = useRef<HTMLElement>(null);
  const { outcome, said, copy } = useCopy(text, () => {
    if (code.current) getSelection()?.selectAllChildren(code.current);
  });
  return (
    <span className={styles.root}>
      <code ref={code} className={styles.code}>
        {text}
      </code>
      <Button
        className={styles.button}
        appearance="subtle"
        size="small"
        icon={outcome === 'copied' ? <Checkmark16Regular /> : <Copy16Regular />}
        aria-label={`Copy: ${text}`}
        onClick={copy}
      />
      <span role="status" className={styles.silent}>
        {said}
      </span>
    </span>
  );
}
