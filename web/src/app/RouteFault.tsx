import type { ErrorComponentProps } from '@tanstack/react-router';
import { useRouter } from '@tanstack/react-router';
import { Problem } from '../api';
import { ErrorState } from '../shared/states';
import { usePageTitle } from '../shared/usePageTitle';

/** Whatever a page or its loading threw. A page's code that is gone after an update is loaded anew. */
export function RouteFault({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
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
  return <ErrorState error={shown} onRetry={retry} level={1} />;
}
