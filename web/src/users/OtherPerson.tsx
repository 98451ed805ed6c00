// Says at a field who else has what was typed. The link opens a tab of its own, so that what has
// been typed stays.
import { TextLink } from '../shared/links';

interface Props {
  person: { id: string; displayName: string };
  /** Sharing an address is allowed; a user name is not shared. */
  shares?: boolean;
  /** How many more share it. */
  more?: number;
  /** What is taken. */
  what?: string;
}

export function OtherPerson({ person, shares, more = 0, what = 'this user name' }: Props) {
  return (
    <>
      {shares
        ? `${person.displayName}${more > 0 ? ` and ${more} more have` : ' has'} this e-mail address too. That is fine for a shared mailbox. `
        : `${person.displayName} already has ${what}. Type another one. `}
      <TextLink to="/users/$id" params={{ id: person.id }} target="_blank" inline>
        Open {person.displayName} in a new tab
      </TextLink>
    </>
  );
}
