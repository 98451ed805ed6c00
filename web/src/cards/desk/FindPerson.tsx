// Who gets the next card: Enter takes the one who waits longest, typing or scanning finds anybody else.
import { Field, makeStyles, mergeClasses, SearchBox, tokens, typographyStyles } from '@fluentui/react-components';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';
import { api } from '../../api';
import { useMayChange, useSession } from '../../app/session';
import { ProblemBar } from '../../shared/ProblemBar';
import { useDebounced } from '../../shared/useDebounced';
import { first, move, personOffer, waitingOffers, type Offer } from './offers';
import { waitingCardsQuery } from './queries';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '12px', minWidth: 0 },
  search: { width: '100%', maxWidth: '100%', minHeight: '44px' },
  heading: { ...typographyStyles.caption1Strong, margin: '4px 0 0', color: tokens.colorNeutralForeground3 },
  list: {
    listStyle: 'none',
    margin: 0,
    padding: '4px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    maxHeight: '26rem',
    overflowY: 'auto',
  },
  option: {
    display: 'flex',
    flexDirection: 'column',
    padding: '8px 12px',
    borderRadius: tokens.borderRadiusMedium,
    cursor: 'pointer',
    overflowWrap: 'anywhere',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  marked: {
    backgroundColor: tokens.colorBrandBackground2,
    color: tokens.colorBrandForeground2,
    ':hover': { backgroundColor: tokens.colorBrandBackground2Hover },
  },
  refused: { cursor: 'default', color: tokens.colorNeutralForeground3 },
  name: typographyStyles.body1Strong,
  hint: { ...typographyStyles.caption1 },
  empty: { ...typographyStyles.body1, margin: 0, padding: '8px 0', color: tokens.colorNeutralForeground3 },
});

interface Props {
  /** The keys of those who were put off for now. */
  skipped: ReadonlySet<string>;
  onChoose: (offer: Offer) => void;
}

export function FindPerson({ skipped, onChoose }: Props) {
  const styles = useStyles();
  const listId = useId();
  const search = useRef<HTMLInputElement>(null);
  const session = useSession();
  const mayChange = useMayChange();
  const [typed, setTyped] = useState('');
  const [marked, setMarked] = useState<number | null>(null);
  // A scanner types fast and ends with Enter: what Enter takes must be what was typed, not what is being looked for.
  const [entered, setEntered] = useState(false);
  const wanted = typed.trim();
  const q = useDebounced(wanted, 200);
  const waiting = useQuery(waitingCardsQuery);
  const found = useQuery({
    queryKey: ['users', 'desk', q],
    queryFn: ({ signal }) => api.get('/users', { query: { q, limit: 12, sort: 'displayName' }, signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  });
  const searching = wanted !== '';
  const settled = !searching || (q === wanted && found.data !== undefined && !found.isPlaceholderData);
  const offers = searching
    ? (found.data?.items ?? []).map((user) =>
        personOffer(user, (role) => mayChange(role) || user.id === session.user.id),
      )
    : waitingOffers(waiting.data?.items ?? [], skipped).slice(0, 12);
  const at = marked ?? first(offers);
  const active = offers[at];

  const take = (offer: Offer | undefined) => {
    if (offer && !offer.refusedBecause) onChoose(offer);
  };
  useEffect(() => {
    if (!entered || !settled) return;
    setEntered(false);
    // Only an answer that leaves no doubt is taken unseen.
    if (offers.length === 1 || !searching) take(offers[at]);
  });
  const onKeyDown = (event: Pick<KeyboardEvent, 'key' | 'preventDefault'>) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setMarked(move(offers, at, event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (settled) take(active);
      else setEntered(true);
    }
  };
  useEffect(() => {
    document.getElementById(`${listId}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [listId, at]);
  // A key pressed while nothing has the focus, or the page's heading has it, is meant for the search.
  useEffect(() => {
    const catchKey = (event: KeyboardEvent) => {
      const { activeElement } = document;
      const idle = activeElement === document.body || activeElement?.tagName === 'H1';
      if (!idle || event.ctrlKey || event.metaKey || event.altKey) return;
      const moves = event.key === 'Enter' || event.key.startsWith('Arrow');
      if (!moves && event.key.length !== 1) return;
      search.current?.focus();
      if (moves) onKeyDown(event);
    };
    document.addEventListener('keydown', catchKey);
    return () => document.removeEventListener('keydown', catchKey);
  });
  const optionId = (index: number) => `${listId}-${index}`;
  const count = waiting.data ? `${waiting.data.items.length.toLocaleString('en')}${waiting.data.nextCursor ? ' or more' : ''}` : '';
  return (
    <div className={styles.root}>
      <Field label="Who gets a card?" hint="Enter takes the marked person. Type a name, or scan a code with their user name or e-mail address.">
        <SearchBox
          ref={search}
          className={styles.search}
          autoFocus
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={offers.length > 0}
          aria-controls={offers.length > 0 ? listId : undefined}
          aria-activedescendant={active ? optionId(at) : undefined}
          value={typed}
          onChange={(_, { value }) => {
            setTyped(value);
            setMarked(null);
            setEntered(false);
          }}
          onKeyDown={onKeyDown}
        />
      </Field>
      <ProblemBar error={searching ? found.error : waiting.error} />
      <p className={styles.heading} role="status">
        {searching
          ? settled
            ? offers.length === 0
              ? `Nobody matches “${wanted}”.`
              : 'Found'
            : 'Searching…'
          : waiting.data
            ? `${count} ${waiting.data.items.length === 1 ? 'card waits' : 'cards wait'} to be handed out`
            : ''}
      </p>
      {offers.length > 0 ? (
        <ul id={listId} role="listbox" aria-label="People" className={styles.list}>
          {offers.map((offer, index) => (
            <li
              key={offer.keyId ?? offer.id}
              id={optionId(index)}
              role="option"
              aria-selected={index === at}
              aria-disabled={offer.refusedBecause !== undefined}
              className={mergeClasses(
                styles.option,
                index === at && styles.marked,
                offer.refusedBecause !== undefined && styles.refused,
              )}
              // Not onClick: the search keeps the focus.
              onMouseDown={(event) => {
                event.preventDefault();
                take(offer);
              }}
            >
              <span className={styles.name}>{offer.name}</span>
              <span className={styles.hint}>{offer.refusedBecause ?? offer.hint}</span>
            </li>
          ))}
        </ul>
      ) : !searching && waiting.data ? (
        <p className={styles.empty}>
          Nobody waits. Search for somebody to give them a card, or assign cards to many at once by an import.
        </p>
      ) : null}
    </div>
  );
}
