// What became of a PIN that was made up for one's own card.
import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import type { MadeUpPin } from '../api';
import { CopyField } from '../shared/CopyField';

export function OwnPin({ pin }: { pin: MadeUpPin }) {
  if (pin.pin === null) {
    return (
      <MessageBar intent="success" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>The PIN is in your mail</MessageBarTitle>
          It was made up for you and is shown nowhere else.
        </MessageBarBody>
      </MessageBar>
    );
  }
  return (
    <>
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Remember this PIN</MessageBarTitle>
          No mail could be sent. It is shown only now.
        </MessageBarBody>
      </MessageBar>
      <CopyField label="PIN of your card" value={pin.pin} />
    </>
  );
}
