// The page that a link or code leads to when it is no good: why, and what to do.
import { EmptyState } from '../shared/states';
import { ButtonLink } from '../shared/links';
import type { Refusal } from './refusals';

export function Refused({ title, advice, offerSignIn, offerCode }: Refusal) {
  const actions = offerSignIn ? (
    <ButtonLink to="/sign-in">Sign in</ButtonLink>
  ) : offerCode ? (
    <ButtonLink to="/phone" reloadDocument>
      Type a code
    </ButtonLink>
  ) : undefined;
  return (
    <EmptyState illustration="door" level={1} title={title} actions={actions}>
      {advice}
    </EmptyState>
  );
}
