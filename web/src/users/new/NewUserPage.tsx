// The New User wizard. Its step is in the URL, so that the browser's back button goes back a
// step; what was typed stays here until the person is added or the page is left on purpose.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate, useSearch } from '@tanstack/react-router';
import { useReducer, useRef, useState, type FormEvent } from 'react';
import { api, Problem, type Registration, type User } from '../../api';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { homeCountry } from '../../shared/countries';
import { ButtonLink } from '../../shared/links';
import { PageHeader } from '../../shared/PageHeader';
import { ProblemBar } from '../../shared/ProblemBar';
import { Stepper } from '../../shared/Stepper';
import { WizardCard } from '../../shared/WizardCard';
import { ConfirmStep } from './ConfirmStep';
import { GroupsStep } from './GroupsStep';
import { InfoStep } from './InfoStep';
import { KeyStep } from './KeyStep';
import { Result } from './Result';
import { ReviewStep } from './ReviewStep';
import { availabilityQuery, useAvailability } from './useAvailability';
import {
  allowedStep,
  effectiveUserName,
  fieldProblems,
  firstStepWith,
  hasTyped,
  isOnTheSpot,
  nextStep,
  previousStep,
  problemsOf,
  requestBody,
  shortName,
  startWizard,
  stepNames,
  steps,
  wizard,
  type Step,
} from './wizard';

interface Added {
  user: User;
  registration: Registration | null;
}

export function NewUserPage() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const wanted = (useSearch({ strict: false }) as { step?: Step }).step ?? 'info';
  const [state, dispatch] = useReducer(wizard, navigator.language, (language) => startWizard(homeCountry(language)));
  // One key per run of the wizard: sending the last step twice adds nobody twice.
  const [intent, setIntent] = useState(() => crypto.randomUUID());
  const [added, setAdded] = useState<Added | null>(null);
  const [checking, setChecking] = useState(false);
  const { draft, problems } = state;
  const step = allowedStep(state, wanted);
  const availability = useAvailability(effectiveUserName(draft), draft.email.trim());
  const form = useRef<HTMLFormElement>(null);

  const go = (to: Step) => void navigate({ to: '/users/new', search: to === 'info' ? {} : { step: to } });

  const dirty = added === null && hasTyped(draft);
  const leaving = useBlocker({
    shouldBlockFn: ({ next }) => dirty && next.pathname !== '/users/new',
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });

  const add = useMutation({
    mutationFn: () => api.post('/users', { body: requestBody(draft), idempotencyKey: intent }),
    onSuccess: (answer) => {
      setAdded(answer);
      for (const list of ['users', 'groups', 'keys', 'dashboard', 'activity']) {
        void queries.invalidateQueries({ queryKey: [list] });
      }
    },
    onError: (error) => {
      if (!(error instanceof Problem)) return;
      const refused = fieldProblems(error.errors).problems;
      dispatch({ type: 'refused', problems: refused });
      const back = firstStepWith(refused);
      if (back) go(back);
    },
  });

  const focusFirstProblem = () =>
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());

  const mayLeaveInfo = async (): Promise<boolean> => {
    const found = problemsOf('info', draft);
    if (Object.keys(found).length > 0) {
      dispatch({ type: 'refused', problems: found });
      focusFirstProblem();
      return false;
    }
    setChecking(true);
    try {
      const known = await queries.fetchQuery(availabilityQuery(effectiveUserName(draft), draft.email.trim()));
      if (known.userName) focusFirstProblem();
      return known.userName === null;
    } catch {
      // Not being able to ask is no reason to stop: the server decides at the end anyway.
      return true;
    } finally {
      setChecking(false);
    }
  };

  const advance = async (event: FormEvent) => {
    event.preventDefault();
    if (checking || add.isPending) return;
    if (step === 'confirm') {
      add.mutate();
      return;
    }
    if (step === 'info' && !(await mayLeaveInfo())) return;
    add.reset();
    dispatch({ type: 'reached', step: nextStep(step) });
    go(nextStep(step));
  };

  const startAgain = () => {
    dispatch({ type: 'restarted', homeIso: draft.phone.iso });
    setIntent(crypto.randomUUID());
    setAdded(null);
    add.reset();
    go('info');
  };

  if (added) {
    return (
      <>
        <PageHeader title="New user" />
        <Result {...added} onTheSpot={isOnTheSpot(draft) ? draft.keyKind : null} onAnother={startAgain} />
      </>
    );
  }
  const fields = Object.keys(problems);
  return (
    <>
      <PageHeader title="New user" description="Add one person and, if you like, assign a security key right away." />
      <Stepper steps={steps} names={stepNames} current={step} reached={state.reached} onGo={go} />
      <form ref={form} onSubmit={(event) => void advance(event)} noValidate>
        <WizardCard
          steps={steps}
          names={stepNames}
          step={step}
          leave={
            <ButtonLink to="/users" appearance="subtle">
              Cancel
            </ButtonLink>
          }
          onBack={step === 'info' ? undefined : () => go(previousStep(step))}
          next={step === 'confirm' ? (add.isPending ? 'Adding…' : 'Add user') : 'Next'}
          busy={checking || add.isPending}
          failure={<ProblemBar error={add.error} fields={fields} />}
        >
          {step === 'info' && (
            <InfoStep
              draft={draft}
              problems={problems}
              availability={availability}
              onChange={(change) => dispatch({ type: 'typed', change })}
            />
          )}
          {step === 'groups' && (
            <GroupsStep
              chosen={draft.groups}
              problem={problems.groupIds}
              onChange={(groups) => dispatch({ type: 'typed', change: { groups } })}
            />
          )}
          {step === 'key' && (
            <KeyStep
              assign={draft.assignKey}
              kind={draft.keyKind}
              activation={draft.activation}
              keyName={draft.keyName}
              withPin={draft.withPin}
              name={shortName(draft)}
              problem={problems.key}
              onChange={(change) => dispatch({ type: 'typed', change })}
            />
          )}
          {step === 'review' && (
            <ReviewStep
              draft={draft}
              problems={problems}
              onChange={(change) => dispatch({ type: 'typed', change })}
              onEdit={go}
            />
          )}
          {step === 'confirm' && <ConfirmStep draft={draft} />}
        </WizardCard>
      </form>
      <ConfirmDialog
        open={leaving.status === 'blocked'}
        title="Leave without adding the person?"
        confirmLabel="Leave"
        cancelLabel="Stay here"
        danger
        onConfirm={() => Promise.resolve(leaving.proceed?.())}
        onClose={() => leaving.reset?.()}
      >
        What you have typed is not saved and will be lost.
      </ConfirmDialog>
    </>
  );
}
