// Keystead on the home screen: offered where the browser can, explained where only the person can.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { AddSquare20Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import { systemOf } from '../shared/handheld';
import { takeInstallPrompt } from './installPrompt';

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    gap: '12px',
    padding: '16px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  text: { ...typographyStyles.body1, margin: 0 },
});

export function Install() {
  const styles = useStyles();
  const [prompt, setPrompt] = useState(takeInstallPrompt);
  const installed = window.matchMedia('(display-mode: standalone)').matches;
  if (installed || (!prompt && systemOf() !== 'iphone')) return null;
  return (
    <div className={styles.root}>
      <p className={styles.text}>
        {prompt
          ? 'Put Keystead on your home screen to see your keys and report one lost.'
          : 'To have Keystead on your home screen, tap the share button and “Add to Home Screen”.'}
      </p>
      {prompt ? (
        <Button
          icon={<AddSquare20Regular />}
          onClick={() => {
            setPrompt(null);
            void prompt.prompt();
          }}
        >
          Add to home screen
        </Button>
      ) : null}
    </div>
  );
}
