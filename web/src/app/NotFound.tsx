import { ButtonLink } from '../shared/links';
import { EmptyState } from '../shared/states';
import { usePageTitle } from '../shared/usePageTitle';
import { Bare } from './Bare';

/** An address that leads nowhere. */
export function NotFound() {
  usePageTitle('Page not found');
  return (
    <Bare>
      <EmptyState
        illustration="search"
        level={1}
        title="There is no page at this address"
        actions={
          <ButtonLink to="/" appearance="primary">
            Go to the start page
          </ButtonLink>
        }
      >
        The address may be mistyped, or what stood here was deleted.
      </EmptyState>
    </Bare>
  );
}
