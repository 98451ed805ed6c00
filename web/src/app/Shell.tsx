// The frame of every signed-in page: navigation on the left (a drawer on a phone), the bar above,
// and the page, which gets the focus when it changes so that keyboards and screen readers follow.
import {
  Button,
  Drawer,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  makeStyles,
  tokens,
  typographyStyles,
} from '@fluentui/react-components';
import { Dismiss24Regular, Navigation24Regular } from '@fluentui/react-icons';
import { Link, Outlet, useMatches, useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useNarrow } from '../shared/useNarrow';
import { Alerts } from './Alerts';
import { Forbidden } from './Forbidden';
import { Mark } from './Mark';
import { Navigation } from './Navigation';
import { sessionQuery } from './session';
import { ThemeMenu } from './ThemeMenu';
import { UserMenu } from './UserMenu';

const useStyles = makeStyles({
  frame: {
    display: 'grid',
    gridTemplateColumns: '264px minmax(0, 1fr)',
    gridTemplateRows: '56px 1fr',
    minHeight: '100dvh',
    backgroundColor: tokens.colorNeutralBackground2,
    '@media (max-width: 700px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  skip: {
    position: 'fixed',
    top: '8px',
    left: '8px',
    zIndex: 1000,
    padding: '10px 16px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorBrandBackground,
    color: tokens.colorNeutralForegroundOnBrand,
    fontWeight: tokens.fontWeightSemibold,
    textDecorationLine: 'none',
    ':not(:focus)': { clipPath: 'inset(50%)', width: '1px', height: '1px', padding: 0, overflow: 'hidden' },
  },
  bar: {
    gridColumn: '1 / -1',
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    padding: '0 16px 0 20px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    position: 'sticky',
    top: 0,
    zIndex: 100,
    '@media (max-width: 700px)': { padding: '0 8px' },
  },
  brand: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: '10px',
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    borderRadius: tokens.borderRadiusMedium,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '4px' },
  },
  product: { ...typographyStyles.subtitle2, letterSpacing: '-0.01em' },
  divider: {
    width: '1px',
    height: '20px',
    margin: '0 8px',
    backgroundColor: tokens.colorNeutralStroke1,
    '@media (max-width: 700px)': { display: 'none' },
  },
  organisation: {
    ...typographyStyles.body1,
    color: tokens.colorNeutralForeground3,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    minWidth: 0,
    '@media (max-width: 700px)': { display: 'none' },
  },
  space: { flex: 1 },
  side: {
    position: 'sticky',
    top: '56px',
    height: 'calc(100dvh - 56px)',
    overflowY: 'auto',
    padding: '16px 12px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  main: {
    padding: '32px 40px 64px',
    minWidth: 0,
    outlineStyle: 'none',
    '@media (max-width: 1100px)': { padding: '24px 24px 48px' },
    '@media (max-width: 700px)': { padding: '20px 16px 48px' },
  },
  page: { maxWidth: '1240px', margin: '0 auto' },
  drawer: { width: 'min(320px, 86vw)' },
});

/** Leads the focus to the page's heading when the path (not only the search) has changed. */
function useFocusOnNavigation() {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    const changed = before.current !== undefined && path !== before.current;
    before.current = path;
    if (!changed) return;
    const frame = requestAnimationFrame(() => {
      const main = document.getElementById('main');
      const target = main?.querySelector<HTMLElement>('h1[tabindex]') ?? main;
      target?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [path]);
}

export function Shell() {
  const styles = useStyles();
  const narrow = useNarrow();
  const { data: session } = useQuery(sessionQuery);
  const [drawerOpen, setDrawerOpen] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const needs = useMatches({ select: (matches) => matches.at(-1)?.staticData.needs });
  useFocusOnNavigation();
  useEffect(() => setDrawerOpen(false), [path, narrow]);

  // Signing out empties the session a moment before the sign-in page is there.
  if (!session) return null;
  const allowed = needs === undefined || session.permissions.includes(needs);

  return (
    <div className={styles.frame}>
      <a
        href="#main"
        className={styles.skip}
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the page
      </a>
      <header className={styles.bar}>
        {narrow ? (
          <Button
            appearance="subtle"
            aria-label="Open navigation"
            aria-expanded={drawerOpen}
            icon={<Navigation24Regular />}
            onClick={() => setDrawerOpen(true)}
          />
        ) : null}
        <Link to="/" className={styles.brand}>
          <Mark />
          <span className={styles.product}>Keystead</span>
        </Link>
        <span className={styles.divider} />
        <span className={styles.organisation}>{session.organisationName}</span>
        <span className={styles.space} />
        {session.permissions.includes('peopleRead') ? <Alerts /> : null}
        <ThemeMenu />
        <UserMenu />
      </header>
      {narrow ? (
        <Drawer
          type="overlay"
          position="start"
          className={styles.drawer}
          open={drawerOpen}
          onOpenChange={(_, { open }) => setDrawerOpen(open)}
        >
          <DrawerHeader>
            <DrawerHeaderTitle
              action={
                <Button
                  appearance="subtle"
                  aria-label="Close navigation"
                  icon={<Dismiss24Regular />}
                  onClick={() => setDrawerOpen(false)}
                />
              }
            >
              {session.organisationName}
            </DrawerHeaderTitle>
          </DrawerHeader>
          <DrawerBody>
            <Navigation permissions={session.permissions} />
          </DrawerBody>
        </Drawer>
      ) : (
        <div className={styles.side}>
          <Navigation permissions={session.permissions} />
        </div>
      )}
      <main id="main" tabIndex={-1} className={styles.main}>
        <div className={styles.page}>{allowed ? <Outlet /> : <Forbidden />}</div>
      </main>
    </div>
  );
}
