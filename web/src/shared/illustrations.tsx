// Small drawings for empty and error states, in the theme's own colours. Decoration only.
import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  svg: {
    width: '144px',
    height: '104px',
    '--ink': tokens.colorBrandForeground1,
    '--soft': tokens.colorBrandBackground2,
    '--line': tokens.colorBrandStroke2,
    '--paper': tokens.colorNeutralBackground1,
  },
});

export type IllustrationName = 'people' | 'keys' | 'groups' | 'activity' | 'search' | 'broken' | 'mail' | 'door' | 'done' | 'import' | 'cloud' | 'clock' | 'sync' | 'workstation' | 'card';

const key = (
  <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round">
    <rect x="44" y="38" width="40" height="28" rx="6" fill="var(--paper)" />
    <rect x="84" y="43" width="18" height="18" rx="2" fill="var(--paper)" />
    <circle cx="62" cy="52" r="6" />
    <path d="M90 49h5M90 55h5" />
  </g>
);

const drawings: Record<IllustrationName, ReactNode> = {
  people: (
    <g stroke="var(--ink)" strokeWidth="3" fill="var(--paper)" strokeLinecap="round">
      <circle cx="50" cy="42" r="10" stroke="var(--line)" />
      <path d="M32 78c0-12 8-19 18-19s18 7 18 19" stroke="var(--line)" />
      <circle cx="94" cy="42" r="10" stroke="var(--line)" />
      <path d="M76 78c0-12 8-19 18-19s18 7 18 19" stroke="var(--line)" />
      <circle cx="72" cy="38" r="13" />
      <path d="M48 84c0-16 10-25 24-25s24 9 24 25z" />
    </g>
  ),
  keys: key,
  groups: (
    <g stroke="var(--ink)" strokeWidth="3" fill="var(--paper)">
      <rect x="32" y="30" width="34" height="22" rx="5" stroke="var(--line)" />
      <rect x="78" y="30" width="34" height="22" rx="5" stroke="var(--line)" />
      <rect x="55" y="62" width="34" height="22" rx="5" />
      <path d="M49 52v8h46v-8" fill="none" stroke="var(--line)" />
    </g>
  ),
  activity: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round">
      <path d="M46 30v46" stroke="var(--line)" />
      <circle cx="46" cy="34" r="5" fill="var(--paper)" />
      <circle cx="46" cy="54" r="5" fill="var(--paper)" />
      <circle cx="46" cy="74" r="5" fill="var(--paper)" />
      <path d="M60 34h36M60 54h24M60 74h30" />
    </g>
  ),
  search: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3.5" strokeLinecap="round">
      <circle cx="66" cy="48" r="19" fill="var(--paper)" />
      <path d="M80 62l15 15" />
      <path d="M59 48h14" stroke="var(--line)" />
    </g>
  ),
  broken: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round">
      <path d="M34 50h20M90 54h20" stroke="var(--line)" />
      <rect x="54" y="40" width="14" height="20" rx="4" fill="var(--paper)" />
      <rect x="76" y="44" width="14" height="20" rx="4" fill="var(--paper)" />
      <path d="M66 30l3-7M78 30l4-6M74 78v-6M64 77l2-5" />
    </g>
  ),
  mail: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinejoin="round">
      <rect x="42" y="32" width="60" height="42" rx="5" fill="var(--paper)" />
      <path d="M44 36l28 22 28-22" />
    </g>
  ),
  door: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinejoin="round" strokeLinecap="round">
      <path d="M50 84V30a8 8 0 0 1 8-8h28a8 8 0 0 1 8 8v54" fill="var(--paper)" />
      <path d="M38 84h68" stroke="var(--line)" />
      <circle cx="72" cy="48" r="5" />
      <path d="M72 53v11" />
    </g>
  ),
  import: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round">
      <path d="M48 22h32l14 14v46H48z" fill="var(--paper)" />
      <path d="M80 22v14h14" stroke="var(--line)" />
      <path d="M71 42v24M61 57l10 10 10-10" />
    </g>
  ),
  cloud: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round">
      <path d="M52 66a14 14 0 0 1 1-28 20 20 0 0 1 38-2 15 15 0 0 1 2 30z" fill="var(--paper)" />
      <path d="M72 50v32M63 73l9 9 9-9" stroke="var(--line)" />
    </g>
  ),
  sync: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round">
      <circle cx="72" cy="46" r="9" fill="var(--paper)" />
      <path d="M56 72c0-10 6-15 16-15s16 5 16 15z" fill="var(--paper)" />
      <path d="M41 44a33 33 0 0 1 58-13M103 60a33 33 0 0 1-58 13" stroke="var(--line)" />
      <path d="M100 18v14H86M44 86V72h14" stroke="var(--line)" />
    </g>
  ),
  workstation: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round">
      <rect x="32" y="24" width="56" height="40" rx="5" fill="var(--paper)" />
      <path d="M60 64v12M46 78h28" />
      <rect x="84" y="56" width="28" height="20" rx="4" fill="var(--paper)" stroke="var(--line)" />
      <path d="M94 46a9 9 0 0 1 9 0M90 39a16 16 0 0 1 17 0" stroke="var(--line)" />
    </g>
  ),
  card: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round">
      <rect x="34" y="32" width="54" height="38" rx="6" fill="var(--paper)" />
      <circle cx="50" cy="47" r="6" />
      <path d="M42 62c1-5 4-7 8-7s7 2 8 7M66 46h12M66 56h8" stroke="var(--line)" />
      <path d="M96 40a17 17 0 0 1 0 22M104 33a28 28 0 0 1 0 36" />
    </g>
  ),
  clock: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round">
      <circle cx="72" cy="52" r="26" fill="var(--paper)" />
      <path d="M72 36v16l11 7" />
      <path d="M50 26l-7 7M94 26l7 7" stroke="var(--line)" />
    </g>
  ),
  done: (
    <g fill="none" stroke="var(--ink)" strokeWidth="3.5" strokeLinecap="round" strokeLinejoin="round">
      <circle cx="72" cy="52" r="26" fill="var(--paper)" />
      <path d="M60 53l8 8 16-17" />
    </g>
  ),
};

export function Illustration({ name }: { name: IllustrationName }) {
  const styles = useStyles();
  return (
    <svg viewBox="0 0 144 104" className={styles.svg} aria-hidden="true" focusable="false">
      <path
        fill="var(--soft)"
        d="M24 60C18 34 38 10 70 9s56 14 57 42-18 44-52 45S29 84 24 60z"
      />
      {drawings[name]}
    </svg>
  );
}
