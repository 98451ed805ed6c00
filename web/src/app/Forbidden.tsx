import { roleNames } from '../shared/names';
import { ButtonLink } from '../shared/links';
import { EmptyState } from '../shared/states';
import { usePageTitle } from '../shared/usePageTitle';
import { useSession } from './session';

/** A page that this person's role does not open. */
export function Forbidden() {
  const { role } = useSession();
  usePageTitle('Not for your role');
  return (
    <EmptyState
      illustration="door"
      level={1}
      title="This page is not part of your role"
      actions={
        <ButtonLink to="/" appearance="primary">
          Go to the start page
        </ButtonLink>
      }
    >
      You are signed in as {roleNames[role]}. If you need this page for your work, ask an owner of Keystead for another
      role.
    </EmptyState>
  );
}
