// The tabs of a page, kept in the URL by the caller, with their panel. They scroll sideways on a phone.
// Not Fluent's TabList: that one puts focus sentinels among the tabs, which ARIA does not allow there.
// The keyboard is that of the ARIA tabs pattern: one stop for Tab, arrows, Home and End between tabs.
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';

const useStyles = makeStyles({
  list: {
    display: 'flex',
    gap: '24px',
    overflowX: 'auto',
    marginBottom: '24px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    scrollbarWidth: 'none',
  },
  tab: {
    position: 'relative',
    flexShrink: 0,
    minHeight: '44px',
    padding: '0 2px',
    border: 'none',
    background: 'none',
    font: 'inherit',
    fontSize: tokens.fontSizeBase300,
    color: tokens.colorNeutralForeground2,
    cursor: 'pointer',
    ':hover': { color: tokens.colorNeutralForeground1 },
    ':focus-visible': {
      outline: `2px solid ${tokens.colorStrokeFocus2}`,
      outlineOffset: '-4px',
      borderRadius: tokens.borderRadiusMedium,
    },
  },
  selected: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    '::after': {
      content: '""',
      position: 'absolute',
      left: 0,
      right: 0,
      bottom: 0,
      height: '3px',
      borderRadius: '2px 2px 0 0',
      backgroundColor: tokens.colorCompoundBrandBackground,
    },
  },
  panel: { display: 'flex', flexDirection: 'column', gap: '24px', minWidth: 0 },
});

interface Props<Value extends string> {
  /** What the tabs divide, for screen readers: "Settings". */
  label: string;
  tabs: readonly { value: Value; label: string }[];
  value: Value;
  onChange: (value: Value) => void;
  children: ReactNode;
}

export function PageTabs<Value extends string>({ label, tabs, value, onChange, children }: Props<Value>) {
  const styles = useStyles();
  const list = useRef<HTMLDivElement>(null);
  // On a phone the tab that a link leads to may be beyond the edge.
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [value]);

  const onKeyDown = (event: KeyboardEvent) => {
    const present = tabs.findIndex((tab) => tab.value === value);
    const targets: Record<string, number> = {
      ArrowRight: (present + 1) % tabs.length,
      ArrowLeft: (present - 1 + tabs.length) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    };
    const target = targets[event.key];
    const tab = target === undefined ? undefined : tabs[target];
    if (target === undefined || !tab) return;
    event.preventDefault();
    onChange(tab.value);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[target]?.focus();
  };

  return (
    <>
      <div ref={list} role="tablist" aria-label={label} className={styles.list} onKeyDown={onKeyDown}>
        {tabs.map((tab) => {
          const selected = tab.value === value;
          return (
            <button
              key={tab.value}
              type="button"
              role="tab"
              id={`tab-${tab.value}`}
              aria-selected={selected}
              aria-controls={selected ? 'tab-panel' : undefined}
              tabIndex={selected ? 0 : -1}
              className={mergeClasses(styles.tab, selected && styles.selected)}
              onClick={() => onChange(tab.value)}
            >
              {tab.label}
            </button>
          );
        })}
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${value}`} className={styles.panel}>
        {children}
      </div>
    </>
  );
}
