// Searches a long list on the server and chooses several of what it finds. What is
// chosen stays in sight above the search, whatever is searched for next.
import {
  Checkbox,
  Field,
  Link,
  SearchBox,
  Skeleton,
  SkeletonItem,
  Tag,
  TagGroup,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import { useDebounced } from './useDebounced';

export interface Choice {
  readonly id: string;
  readonly name: string;
}

export interface Offer extends Choice {
  /** A second line that tells namesakes apart. */
  readonly hint?: string;
  /** Why this one cannot be chosen, if it cannot. */
  readonly refusedBecause?: string;
}

interface PickerProps {
  label: string;
  /** What is chosen from, in the plural: "groups". */
  things: string;
  placeholder: string;
  queryKey: readonly unknown[];
  find: (q: string, signal: AbortSignal) => Promise<{ offers: Offer[]; more: boolean }>;
  chosen: readonly Choice[];
  onChange: (chosen: Choice[]) => void;
  problem?: string;
  /** What to offer below the results, such as creating what was not found; `toSearch` hands the focus back. */
  below?: (q: string, offers: readonly Offer[], toSearch: () => void) => ReactNode;
}

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, minWidth: 0 },
  search: { maxWidth: '100%', width: '100%' },
  tags: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalXS },
  list: {
    listStyle: 'none',
    margin: 0,
    padding: tokens.spacingVerticalXS,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    maxHeight: '19rem',
    overflowY: 'auto',
  },
  // Takes no room while it says nothing.
  status: { ':empty': { display: 'contents' } },
  label: { display: 'flex', flexDirection: 'column', overflowWrap: 'anywhere' },
  hint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  empty: { padding: tokens.spacingVerticalM, color: tokens.colorNeutralForeground3 },
  waiting: { display: 'grid', gap: tokens.spacingVerticalM, padding: tokens.spacingVerticalM },
});

export function Picker({ label, things, placeholder, queryKey, find, chosen, onChange, problem, below }: PickerProps) {
  const styles = useStyles();
  const [typed, setTyped] = useState('');
  const q = useDebounced(typed.trim());
  const found = useQuery({
    queryKey: [...queryKey, q],
    queryFn: ({ signal }) => find(q, signal),
    placeholderData: keepPreviousData,
  });
  const offers = found.data?.offers ?? [];
  const search = useRef<HTMLInputElement>(null);
  const isChosen = (id: string) => chosen.some((choice) => choice.id === id);

  return (
    <div className={styles.root}>
      {chosen.length > 0 && (
        <TagGroup
          className={styles.tags}
          aria-label={`Chosen ${things}`}
          onDismiss={(_, { value }) => onChange(chosen.filter((choice) => choice.id !== value))}
        >
          {chosen.map((choice) => (
            <Tag
              key={choice.id}
              value={choice.id}
              dismissible
              dismissIcon={{ 'aria-label': `Remove ${choice.name}` }}
              appearance="brand"
            >
              {choice.name}
            </Tag>
          ))}
        </TagGroup>
      )}
      <Field label={label} {...(problem ? { validationMessage: problem, validationState: 'error' as const } : {})}>
        <SearchBox
          ref={search}
          className={styles.search}
          value={typed}
          placeholder={placeholder}
          onChange={(_, data) => setTyped(data.value)}
          onKeyDown={(event) => {
            // Enter searches; it must not send the form around the picker.
            if (event.key === 'Enter') event.preventDefault();
          }}
        />
      </Field>
      <div role="status" className={styles.status}>
        {found.isError && (
          <Text>
            The {things} could not be loaded.{' '}
            <Link as="button" inline onClick={() => void found.refetch()}>
              Try again
            </Link>
          </Text>
        )}
        {found.isSuccess && offers.length === 0 && (
          <Text className={styles.empty}>{q ? `No ${things} match “${q}”.` : `There are no ${things} to choose yet.`}</Text>
        )}
      </div>
      {found.isPending && (
        <Skeleton aria-label={`Loading ${things}`}>
          <div className={styles.waiting}>
            <SkeletonItem size={24} />
            <SkeletonItem size={24} />
            <SkeletonItem size={24} />
          </div>
        </Skeleton>
      )}
      {offers.length > 0 && (
        <ul className={styles.list} aria-label={`Found ${things}`}>
          {offers.map((offer) => (
            <li key={offer.id}>
              <Checkbox
                checked={isChosen(offer.id)}
                disabled={offer.refusedBecause !== undefined}
                onChange={(_, { checked }) =>
                  onChange(
                    checked
                      ? [...chosen, { id: offer.id, name: offer.name }]
                      : chosen.filter((choice) => choice.id !== offer.id),
                  )
                }
                label={
                  <span className={styles.label}>
                    <span>{offer.name}</span>
                    {(offer.refusedBecause ?? offer.hint) && (
                      <span className={styles.hint}>{offer.refusedBecause ?? offer.hint}</span>
                    )}
                  </span>
                }
              />
            </li>
          ))}
          {found.data?.more && <li className={styles.empty}>There are more. Type a name to find them.</li>}
        </ul>
      )}
      {below?.(q, offers, () => search.current?.focus())}
    </div>
  );
}
