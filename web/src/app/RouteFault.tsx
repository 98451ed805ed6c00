import type { ErrorComponentProps } from '@tanstack/react-router';
import { useMatches, useRouter } from '@tanstack/react-router';
import { Problem } from '../api';
import { ErrorState } from '../shared/states';
import { usePageTitle } from '../shared/usePageTitle';
import { Bare } from './Bare';

/** Whatever a page or its loading threw. A page's code that is gone after an update is loaded anew. */
export function RouteFault({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  // A fault inside the shell is shown in its place; one before it (no session, no server) has the page to itself.
  const inShell = useMatches({ select: (matches) => matches.some((match) => match.routeId === '/shell' && match.status === 'success') });
  usePageTitle('Something went wrong');
  const known = error instanceof Problem;
  const shown = known
    ? error
    : new Problem(
        { code: 'page_fault', title: 'This page could not be shown', detail: 'Load it again. Your data is safe.' },
        0,
      );
  const retry = () => {
    if (!known) {
      window.location.reload();
      return;
    }
    reset();
    void router.invalidate();
  };
  const fault = <ErrorState error={shown} onRetry={retry} level={1} />;
  return inShell ? fault : <Bare>{fault}</Bare>;
}
