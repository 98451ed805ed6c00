// Light, dark, or as the system wishes: the choice, where it is kept, and the two Fluent themes
// made from Keystead's own colour ramp (a deep teal, with indigo as its counterpart in the mark).
import { createDarkTheme, createLightTheme, type BrandVariants, type Theme } from '@fluentui/react-components';
import { createContext, use, useEffect, useMemo, useState } from 'react';

const ramp: BrandVariants = {
  10: '#031a1d',
  20: '#07282d',
  30: '#0a363c',
  40: '#0b434b',
  50: '#0c505a',
  60: '#0c5d69',
  70: '#0c6874',
  80: '#0e7480',
  90: '#2a8796',
  100: '#4398a6',
  110: '#5ca9b6',
  120: '#76bac5',
  130: '#91cad3',
  140: '#acd9e0',
  150: '#c8e8ec',
  160: '#e4f5f7',
};

const common = {
  fontFamilyBase: "'Inter Variable', 'Segoe UI', system-ui, -apple-system, sans-serif",
  fontFamilyNumeric: "'Inter Variable', 'Segoe UI', system-ui, sans-serif",
  borderRadiusMedium: '6px',
  borderRadiusLarge: '10px',
  borderRadiusXLarge: '14px',
};

export const lightTheme: Theme = {
  ...createLightTheme(ramp),
  ...common,
  // The ground behind cards; cards themselves are white.
  colorNeutralBackground2: '#f6f8f9',
  colorNeutralBackground3: '#eef2f4',
  colorNeutralStroke2: '#dfe5e8',
  colorNeutralStroke3: '#e9eef0',
  colorNeutralForeground3: '#56626a',
};

export const darkTheme: Theme = {
  ...createDarkTheme(ramp),
  ...common,
  colorBrandForeground1: ramp[120],
  colorBrandForeground2: ramp[130],
  colorBrandForegroundLink: ramp[120],
  colorBrandForegroundLinkHover: ramp[130],
  colorBrandForegroundLinkPressed: ramp[110],
  colorCompoundBrandForeground1: ramp[120],
  colorCompoundBrandForeground1Hover: ramp[130],
  colorNeutralBackground1: '#1b2125',
  colorNeutralBackground1Hover: '#262e33',
  colorNeutralBackground1Pressed: '#161b1e',
  colorNeutralBackground1Selected: '#2a3339',
  colorNeutralBackground2: '#121619',
  colorNeutralBackground3: '#0d1113',
  colorNeutralStroke1: '#4a555c',
  colorNeutralStroke2: '#333c42',
  colorNeutralStroke3: '#2a3237',
  colorNeutralForeground3: '#a9b4ba',
};

export type ThemeChoice = 'light' | 'dark' | 'system';
/** Also read by firstPaint.js. */
const place = 'keystead.theme';

function storedChoice(): ThemeChoice {
  try {
    const value = localStorage.getItem(place);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

interface ThemeState {
  choice: ThemeChoice;
  dark: boolean;
  theme: Theme;
  choose: (choice: ThemeChoice) => void;
}
const ThemeContext = createContext<ThemeState | null>(null);
export const ThemeStateProvider = ThemeContext.Provider;

export function useThemeState(): ThemeState {
  const [choice, setChoice] = useState(storedChoice);
  const [systemDark, setSystemDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const media = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setSystemDark(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  const dark = choice === 'dark' || (choice === 'system' && systemDark);
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [dark]);
  return useMemo(
    () => ({
      choice,
      dark,
      theme: dark ? darkTheme : lightTheme,
      choose: (next: ThemeChoice) => {
        setChoice(next);
        try {
          if (next === 'system') localStorage.removeItem(place);
          else localStorage.setItem(place, next);
        } catch {
          // Without storage the choice holds until the page is left.
        }
      },
    }),
    [choice, dark],
  );
}

export function useTheme(): ThemeState {
  const state = use(ThemeContext);
  if (!state) throw new Error('useTheme outside of the app');
  return state;
}
