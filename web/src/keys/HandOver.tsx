// For a person who stands beside the administrator: the code for their phone, live until it works.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { useEffect } from 'react';
import { api } from '../api';
import { CarryOverPanel } from '../phone/CarryOverPanel';
import { useCarryOver } from '../phone/useCarryOver';
import { useRefreshKeys } from './refresh';

const useStyles = makeStyles({
  lead: { ...typographyStyles.body1, margin: `0 0 ${tokens.spacingVerticalL}` },
});

interface Props {
  keyId: string;
  person: { displayName: string };
}

export function HandOver({ keyId, person }: Props) {
  const styles = useStyles();
  const refresh = useRefreshKeys();
  const state = useCarryOver(() => api.post('/keys/{id}/carry-over', { path: { id: keyId } }), true);
  const { progress } = state;
  const stage = progress?.stage;
  useEffect(() => {
    if (stage === 'registered') refresh();
  }, [stage, refresh]);
  return (
    <div>
      {stage === 'registered' ? null : (
        <p className={styles.lead}>Let {person.displayName} scan this code with the phone that is to be the key.</p>
      )}
      <CarryOverPanel
        state={state}
        whose={`the phone of ${person.displayName}`}
        done={
          <>
            <strong>The phone of {person.displayName} is registered.</strong>{' '}
            {progress?.tried ? 'It has signed in: it works.' : 'It can be tried now: the phone offers to sign in.'}
          </>
        }
      />
    </div>
  );
}
