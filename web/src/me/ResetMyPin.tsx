// A new PIN for one's own card, when the old one is forgotten.
import { Button, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Key } from '../api';
import { Face } from '../cards/Face';
import { OwnPin } from '../cards/OwnPin';
import { passkeysWords } from '../cards/words';
import { FormDialog } from '../shared/FormDialog';
import { ProblemBar } from '../shared/ProblemBar';

interface Props {
  item: Key;
  open: boolean;
  onClose: () => void;
}

export function ResetMyPin(props: Props) {
  return (
    // A click beside the dialog must not lose a PIN that is shown once.
    <FormDialog open={props.open} closeOnBackdrop={false} onClose={props.onClose}>
      <Content {...props} />
    </FormDialog>
  );
}

function Content({ item, onClose }: Props) {
  const client = useQueryClient();
  const reset = useMutation({
    mutationFn: () => api.post('/me/keys/{id}/card/reset-pin', { path: { id: item.id } }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['me'] }),
  });
  if (reset.data) {
    const { pin, passkeysLost } = reset.data;
    return (
      <Face
        title="Your PIN was reset"
        actions={
          <Button appearance="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <OwnPin pin={pin} />
        {passkeysLost > 0 ? (
          <div>{passkeysWords(passkeysLost)} went with the old PIN. Register the card anew at those sites.</div>
        ) : null}
      </Face>
    );
  }
  return (
    <Face
      first
      title={`Reset the PIN of “${item.name}”?`}
      actions={
        <>
          <Button onClick={onClose} disabled={reset.isPending}>
            Keep as it is
          </Button>
          <Button
            appearance="primary"
            disabledFocusable={reset.isPending}
            onClick={() => {
              if (!reset.isPending) reset.mutate();
            }}
          >
            {reset.isPending ? 'Working…' : 'Reset PIN'}
          </Button>
        </>
      }
    >
      <div>A new PIN is made up and mailed to you, or shown here if no mail can be sent. You go on signing in here with the card.</div>
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Only for a PIN that you have forgotten</MessageBarTitle>
          What the card holds for other sites is locked up with the old PIN and lost with it: you register the card anew there.
          To change a PIN that you know, use the settings of your browser or system for security keys.
        </MessageBarBody>
      </MessageBar>
      <ProblemBar error={reset.error} />
    </Face>
  );
}
