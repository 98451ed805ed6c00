// Another badge takes the place of a card, with everything that the card holds.
import { Button, Field, MessageBar, MessageBarBody, MessageBarTitle, Radio, RadioGroup } from '@fluentui/react-components';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Key, type Registration } from '../api';
import { ActivationChoice } from '../keys/ActivationChoice';
import { ProblemBar } from '../shared/ProblemBar';
import type { Activation } from '../users/new/wizard';
import { Face } from './Face';
import { cardPasskeysQuery, cardQuery } from './queries';
import { passkeysWords, siteList } from './words';

interface Props {
  item: Key;
  onBack: () => void;
  onReplaced: (what: Registration | { card: string }) => void;
}

export function ReplaceCard({ item, onBack, onReplaced }: Props) {
  const { displayName } = item.user;
  const [newPin, setNewPin] = useState(false);
  const [activation, setActivation] = useState<Activation>('now');
  const card = useQuery(cardQuery(item.id));
  const passkeys = useQuery(cardPasskeysQuery(item.id));
  const held = (passkeys.data?.items ?? []).filter(({ signsInHere }) => !signsInHere);
  const replace = useMutation({
    mutationFn: () => api.post('/keys/{id}/card/replace', { path: { id: item.id }, body: { newPin, activation } }),
    onSuccess: ({ key, registration }) => onReplaced(activation === 'now' ? { card: key.id } : registration),
  });
  return (
    <Face
      title={`Replace ${item.name} of ${displayName}`}
      actions={
        <>
          <Button onClick={onBack} disabled={replace.isPending}>
            Keep as it is
          </Button>
          <Button
            appearance="primary"
            disabledFocusable={replace.isPending}
            onClick={() => {
              if (!replace.isPending) replace.mutate();
            }}
          >
            {replace.isPending ? 'Working…' : 'Replace card'}
          </Button>
        </>
      }
    >
      <div>
        Another card takes this one’s place. Until it is on a reader for the first time, the old one goes on working; then the
        old one is revoked. If the old card is lost, suspend it at once.
      </div>
      {card.data?.withPin ? (
        <Field label="PIN">
          <RadioGroup value={newPin ? 'new' : 'kept'} onChange={(_, { value }) => setNewPin(value === 'new')}>
            <Radio value="kept" label="The PIN stays, and everything moves to the new card" />
            <Radio value="new" label="Nobody knows the PIN any more: make a new one" />
          </RadioGroup>
        </Field>
      ) : null}
      {newPin && held.length > 0 ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{passkeysWords(held.length)} can’t be moved</MessageBarTitle>
            They are locked up with the old PIN. {displayName} registers the new card anew at {siteList(held)}.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <ActivationChoice kind="contactlessCard" name={displayName} value={activation} onChange={setActivation} />
      <ProblemBar error={replace.error} />
    </Face>
  );
}
