// Makes the code that enrols one workstation. It is shown once, inside the command that uses it, and the
// dialog says so when the workstation has come.
import {
  Button,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogTitle,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Spinner,
  tokens,
  typographyStyles,
} from '@fluentui/react-components';
import { CheckmarkCircle24Filled } from '@fluentui/react-icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, type EnrolmentCode } from '../api';
import { CopyField } from '../shared/CopyField';
import { FormDialog } from '../shared/FormDialog';
import { ProblemBar } from '../shared/ProblemBar';
import { expiryWords } from '../shared/time';
import { workstationsQuery } from './queries';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '16px' },
  steps: { ...typographyStyles.body1, margin: 0, paddingLeft: '20px', display: 'flex', flexDirection: 'column', gap: '6px' },
  command: { fontFamily: 'ui-monospace, monospace' },
  status: { display: 'flex', gap: '12px', alignItems: 'center', ...typographyStyles.body1 },
  good: { color: tokens.colorPaletteGreenForeground1, flexShrink: 0 },
});

interface Props {
  open: boolean;
  /** The workstations there were before. */
  known: readonly string[];
  onClose: () => void;
}

export function EnrolDialog({ open, known, onClose }: Props) {
  const [shown, setShown] = useState(false);
  const close = () => {
    setShown(false);
    onClose();
  };
  return (
    // While the code is shown a click beside the dialog must not lose it.
    <FormDialog open={open} closeOnBackdrop={!shown} onClose={close}>
      <Content known={known} onCode={() => setShown(true)} onClose={close} />
    </FormDialog>
  );
}

function Content({ known, onCode, onClose }: { known: readonly string[]; onCode: () => void; onClose: () => void }) {
  const styles = useStyles();
  const make = useMutation({ mutationFn: () => api.post('/workstations/codes'), onSuccess: onCode });
  if (make.data) return <Code code={make.data} known={known} onClose={onClose} />;
  return (
    <DialogBody>
      <DialogTitle>Enrol a workstation</DialogTitle>
      <DialogContent className={styles.content}>
        <div>
          A workstation is a computer with a card reader on which Keystead’s agent runs: it lets every browser there use
          contactless cards as security keys. You get a code for one workstation, to be typed there.
        </div>
        <ProblemBar error={make.error} />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button appearance="primary" disabledFocusable={make.isPending} onClick={() => make.mutate()}>
          {make.isPending ? 'Making…' : 'Make code'}
        </Button>
      </DialogActions>
    </DialogBody>
  );
}

function Code({ code, known, onClose }: { code: EnrolmentCode; known: readonly string[]; onClose: () => void }) {
  const styles = useStyles();
  const content = useRef<HTMLDivElement>(null);
  // What there was when the code was made; the list behind goes on.
  const before = useRef(known);
  const list = useQuery({ ...workstationsQuery, refetchInterval: 2_000 });
  const come = list.data?.items.find((workstation) => !before.current.includes(workstation.id));
  // The button that had the focus is gone; what takes its place is read out.
  useEffect(() => content.current?.querySelector('input')?.focus(), []);
  return (
    <DialogBody>
      <DialogTitle>Run this on the workstation</DialogTitle>
      <DialogContent className={styles.content} ref={content}>
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            It is shown only now and works once, {expiryWords(code.expiresAt)}. Whoever has it can enrol a computer of
            their own, so pass it on safely.
          </MessageBarBody>
        </MessageBar>
        <CopyField label="Command" value={code.command} />
        <ol className={styles.steps}>
          <li>Install keystead-agent on the workstation and plug the card reader in.</li>
          <li>Run the command there, with sudo.</li>
          <li>
            Start the agent: <span className={styles.command}>sudo systemctl enable --now keystead-agent</span>
          </li>
        </ol>
        <div role="status" className={styles.status}>
          {come ? (
            <>
              <CheckmarkCircle24Filled className={styles.good} aria-hidden />
              <span>
                <strong>{come.name} is enrolled.</strong>{' '}
                {come.online ? 'Its agent is connected.' : 'Now start its agent there.'}
              </span>
            </>
          ) : (
            <>
              <Spinner size="tiny" aria-hidden />
              Waiting for the workstation. You may close this; the code goes on working.
            </>
          )}
        </div>
      </DialogContent>
      <DialogActions>
        <Button appearance="primary" onClick={onClose}>
          {come ? 'Done' : 'I have copied it'}
        </Button>
      </DialogActions>
    </DialogBody>
  );
}
