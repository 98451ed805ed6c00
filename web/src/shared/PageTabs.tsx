// The tabs of a page, kept in the URL by the caller, with their panel. They scroll sideways on a phone.
import { makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  scroller: {
    overflowX: 'auto',
    marginBottom: '24px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    scrollbarWidth: 'none',
  },
  list: { marginLeft: '-12px', width: 'max-content' },
  tab: { flexShrink: 0 },
  panel: { display: 'flex', flexDirection: 'column', gap: '24px', minWidth: 0, outlineStyle: 'none' },
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
  return (
    <>
      <div className={styles.scroller}>
        <TabList
          aria-label={label}
          className={styles.list}
          selectedValue={value}
          onTabSelect={(_, data) => onChange(data.value as Value)}
        >
          {tabs.map((tab) => (
            <Tab key={tab.value} value={tab.value} id={`tab-${tab.value}`} aria-controls="tab-panel" className={styles.tab}>
              {tab.label}
            </Tab>
          ))}
        </TabList>
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${value}`} className={styles.panel}>
        {children}
      </div>
    </>
  );
}
