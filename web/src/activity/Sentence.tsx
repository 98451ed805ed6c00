// One activity record as a sentence, with the doer's name in front and, where there is one, a way
// to the person it was done to.
import type { ActivityEntry } from '../api';
import { TextLink } from '../shared/links';
import { actorName, deedParts } from './sentences';

export function Sentence({ entry }: { entry: ActivityEntry }) {
  return (
    <span>
      <strong>{actorName(entry.actor)}</strong> <Deed entry={entry} />
    </span>
  );
}

/** The sentence without the doer. The person's name in it leads to their page. */
export function Deed({ entry }: { entry: ActivityEntry }) {
  const { before, name, after } = deedParts(entry);
  // A deleted person has no page any more.
  const leads = entry.user !== null && entry.action !== 'user.deleted';
  return (
    <>
      {before}
      {name && leads ? (
        <TextLink to="/users/$id" params={{ id: entry.user?.id ?? '' }} inline>
          {name}
        </TextLink>
      ) : (
        name
      )}
      {after}
    </>
  );
}
