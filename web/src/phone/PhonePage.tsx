// Where a code leads on the phone: scanned, it opens at once; else it is typed here. What the phone
// gets for it is kept for this tab, so that a reload goes on where it was.
import { Button, Field, Input, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api, asProblem } from '../api';
import { Bare } from '../app/Bare';
import { Registration } from '../register/Registration';
import { Refused } from '../register/Refused';
import { refusalFor } from '../register/refusals';
import { ProblemBar } from '../shared/ProblemBar';
import { ErrorState, SkeletonLines } from '../shared/states';
import { useLinkToken } from '../shared/useLinkToken';
import { usePageTitle } from '../shared/usePageTitle';
import { codeProblem, shapeCode } from './code';
import { obstacleOf } from './obstacle';
import { ObstacleView } from './ObstacleView';
import { phoneFactsQuery } from './PhoneInvitation';

const useStyles = makeStyles({
  title: { ...typographyStyles.title3, margin: 0, outlineStyle: 'none' },
  lead: { ...typographyStyles.body1, margin: '8px 0 20px', color: tokens.colorNeutralForeground2 },
  form: { display: 'flex', flexDirection: 'column', gap: '16px' },
  input: {
    minHeight: '56px',
    minWidth: 0,
    // An input is as wide as twenty characters unless told otherwise.
    '& input': { width: '100%', minWidth: 0, fontFamily: 'ui-monospace, monospace', fontSize: '22px', letterSpacing: '0.08em' },
  },
  button: { minHeight: '52px', width: '100%' },
});

export function PhonePage() {
  const scanned = useLinkToken('phone');
  const held = useLinkToken('phone-held', false);
  const [opened, setOpened] = useState<string | null>(null);
  usePageTitle('Activate your phone');
  const { token } = scanned;
  if (token && token !== opened) {
    return (
      <Scanned
        key={token}
        token={token}
        onOpened={(phone) => {
          held.keep(phone);
          scanned.forget();
          setOpened(token);
        }}
      />
    );
  }
  if (held.token) return <Registration key={held.token} token={held.token} forget={held.forget} carried />;
  return <Typed onOpened={held.keep} />;
}

function Scanned({ token, onOpened }: { token: string; onOpened: (phone: string) => void }) {
  const facts = useQuery(phoneFactsQuery);
  const obstacle = facts.data ? obstacleOf(facts.data) : null;
  const open = useQuery({
    queryKey: ['carry-over', 'open', token],
    queryFn: async () => {
      const { token: phone } = await api.post('/carry-overs/open', { body: { token } });
      onOpened(phone);
      return null;
    },
    // A browser that can't go on leaves the code to one that can.
    enabled: facts.data !== undefined && obstacle === null,
    staleTime: Infinity,
    retry: false,
  });
  if (obstacle) {
    const address = `${window.location.origin}/phone#${token}`;
    return (
      <Bare step="obstacle">
        <ObstacleView obstacle={obstacle} address={address} onRetry={() => void facts.refetch()} />
      </Bare>
    );
  }
  const problem = open.error ? asProblem(open.error) : null;
  const refusal = problem ? refusalFor(problem.code) : undefined;
  return (
    <Bare step={problem ? 'refused' : 'loading'}>
      {refusal ? (
        <Refused {...refusal} />
      ) : problem ? (
        <ErrorState error={problem} level={1} onRetry={() => void open.refetch()} />
      ) : (
        <SkeletonLines lines={6} label="Your code is checked" />
      )}
    </Bare>
  );
}

function Typed({ onOpened }: { onOpened: (phone: string) => void }) {
  const styles = useStyles();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const open = useMutation({
    mutationFn: (code: string) => api.post('/carry-overs/open', { body: { code } }),
    onSuccess: ({ token }) => onOpened(token),
  });
  const problem = open.error ? asProblem(open.error) : null;
  const unknown = problem?.code === 'code_unknown';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (open.isPending) return;
    const found = codeProblem(text);
    setWrong(found);
    if (!found) open.mutate(text);
  };
  return (
    <Bare step="typing">
      <h1 className={styles.title} tabIndex={-1}>
        Activate your phone
      </h1>
      <p className={styles.lead}>Type the code that the other screen shows. Or point the phone’s camera at the picture there.</p>
      <form className={styles.form} onSubmit={submit} noValidate>
        {unknown ? null : <ProblemBar error={problem} />}
        <Field
          label="Code"
          validationMessage={wrong ?? (unknown ? problem?.detail : undefined)}
          validationState={wrong || unknown ? 'error' : 'none'}
        >
          <Input
            className={styles.input}
            size="large"
            value={text}
            autoComplete="one-time-code"
            autoCapitalize="characters"
            spellCheck={false}
            placeholder="ABCD-2345"
            onChange={(_, { value }) => {
              setText(shapeCode(value));
              setWrong(null);
              open.reset();
            }}
          />
        </Field>
        <Button
          type="submit"
          appearance="primary"
          size="large"
          className={styles.button}
          disabledFocusable={open.isPending}
        >
          {open.isPending ? 'The code is checked…' : 'Go on'}
        </Button>
      </form>
    </Bare>
  );
}
