// The tools above a list: a search box that waits for typing to pause, menus that filter by one
// or several words, and one button that takes all of it back.
import {
  Button,
  Menu,
  MenuButton,
  MenuItemCheckbox,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  SearchBox,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { ArrowSort20Regular, Dismiss20Regular } from '@fluentui/react-icons';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { words } from './search';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'flex-end',
    gap: tokens.spacingHorizontalS,
    padding: '16px 24px',
    '@media (max-width: 700px)': { padding: '16px' },
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  search: { flex: '1 1 14rem', maxWidth: '26rem', '@media (max-width: 700px)': { maxWidth: 'none', flexBasis: '100%' } },
  chosen: { border: `1px solid ${tokens.colorCompoundBrandStroke}` },
  end: { marginLeft: 'auto', alignSelf: 'center', color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

interface BarProps {
  /** What is searched, for the box's label and placeholder: "Search by name, e-mail or user name". */
  searchLabel?: string;
  q?: string;
  onSearch?: (q: string) => void;
  /** The filter menus. */
  children?: ReactNode;
  filtered: boolean;
  onClear: () => void;
  /** Said at the end of the bar, such as how many there are. Announced when it changes. */
  summary?: ReactNode;
}

export function FilterBar({ searchLabel, q, onSearch, children, filtered, onClear, summary }: BarProps) {
  const styles = useStyles();
  return (
    <div className={styles.bar} role="search" aria-label="Search and filter">
      {onSearch && searchLabel ? <SearchInput label={searchLabel} q={q ?? ''} onSearch={onSearch} /> : null}
      {children}
      {filtered ? (
        <Button appearance="subtle" icon={<Dismiss20Regular />} onClick={onClear}>
          Clear
        </Button>
      ) : null}
      <span className={styles.end} role="status">
        {summary}
      </span>
    </div>
  );
}

/** Also used alone, where a search is the only tool. */
export function SearchInput({ label, q, onSearch }: { label: string; q: string; onSearch: (q: string) => void }) {
  const styles = useStyles();
  const [typed, setTyped] = useState(q);
  const sent = useRef(q);
  const latest = useRef(onSearch);
  useEffect(() => {
    latest.current = onSearch;
  });
  // Somebody else changed the search (Clear, the back button): show theirs.
  useEffect(() => {
    if (q === sent.current) return;
    sent.current = q;
    setTyped(q);
  }, [q]);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = wanted;
      latest.current(wanted);
    }, 300);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <SearchBox
      className={styles.search}
      value={typed}
      placeholder={label}
      aria-label={label}
      maxLength={200}
      onChange={(_, data) => setTyped(data.value)}
    />
  );
}

interface MenuProps<T extends string> {
  label: string;
  choices: readonly { value: T; name: string }[];
  /** Comma-separated, as in the URL. */
  value: string | undefined;
  onChange: (value: T | undefined) => void;
  /** One word at a time, where the server takes no more. */
  single?: boolean;
}

/** Filters by any of several words. With several chosen, the value holds them all, comma-separated. */
export function FilterMenu<T extends string>({ label, choices, value, onChange, single }: MenuProps<T>) {
  const styles = useStyles();
  const chosen = words<T>(value);
  const names = choices.filter((choice) => chosen.includes(choice.value)).map((choice) => choice.name);
  return (
    <Menu
      checkedValues={{ filter: chosen }}
      onCheckedValueChange={(_, { checkedItems }) => {
        // Where one is the limit, the newly chosen takes the place of the old.
        const kept = single ? checkedItems.filter((item) => item !== value) : checkedItems;
        const ordered = choices.filter((choice) => kept.includes(choice.value)).map((choice) => choice.value);
        onChange((ordered.join(',') || undefined) as T | undefined);
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <MenuButton className={names.length > 0 ? styles.chosen : undefined}>
          {names.length === 0 ? label : `${label}: ${names.length < 3 ? names.join(', ') : `${names.length} chosen`}`}
        </MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {choices.map((choice) => (
            <MenuItemCheckbox key={choice.value} name="filter" value={choice.value} persistOnClick>
              {choice.name}
            </MenuItemCheckbox>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

interface SortProps<T extends string> {
  choices: readonly { value: T; name: string }[];
  value: string;
  onChange: (value: T) => void;
}

/** Orders a list. On a phone, where there are no column heads, it is the only way. */
export function SortMenu<T extends string>({ choices, value, onChange }: SortProps<T>) {
  const now = choices.find((choice) => choice.value === value)?.name;
  return (
    <Menu
      checkedValues={{ sort: [value] }}
      onCheckedValueChange={(_, { checkedItems }) => {
        const chosen = choices.find((choice) => choice.value === checkedItems[0]);
        if (chosen) onChange(chosen.value);
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <MenuButton
          icon={<ArrowSort20Regular />}
          menuIcon={null}
          aria-label={now ? `Sorted by: ${now}` : 'Sort'}
          title={now ? `Sorted by: ${now}` : 'Sort'}
        />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {choices.map((choice) => (
            <MenuItemRadio key={choice.value} name="sort" value={choice.value}>
              {choice.name}
            </MenuItemRadio>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
