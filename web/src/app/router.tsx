// The panel's addresses as one list: what is at each, what its search parameters may be, and which
// permission it needs. Pages are loaded when they are first opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import type { Permission } from '../api';
import { parseActivitySearch } from '../activity/filters';
import { parseGroupPageSearch, parseGroupsSearch } from '../groups/filters';
import { csvSteps, entraSteps, parseImportsSearch, parseRowsSearch, parseWizardSearch as parseImportWizard } from '../imports/filters';
import { answerOf } from '../integrations/connection';
import { parseScimSearch } from '../integrations/scim/filters';
import { parseKeysSearch } from '../keys/filters';
import { oneOf, text } from '../shared/search';
import { parseUserPageSearch, parseUsersSearch } from '../users/filters';
import { parseWizardSearch } from '../users/new/wizard';
import { RouteFault } from './RouteFault';
import { NotFound } from './NotFound';
import { signInTarget } from './nextUrl';
import { queryClient } from './queryClient';
import { instanceQuery, sessionQuery } from './session';
import { Shell } from './Shell';

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** What the signed-in person must be allowed to do to see the page; the server checks on its own. */
    needs?: Permission;
  }
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: RouteFault });

// Pages for people who are not signed in.
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = text(search['next']);
    return next ? { next } : {};
  },
  // A session is not asked for here: whoever opens this page wants to sign in, perhaps as somebody else.
  beforeLoad: async () => {
    const instance = await queryClient.fetchQuery(instanceQuery);
    if (instance.state === 'setup') throw redirect({ to: '/setup' });
  },
  component: lazyRouteComponent(() => import('../signin/SignInPage'), 'SignInPage'),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('../setup/SetupPage'), 'SetupPage'),
});
const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  component: lazyRouteComponent(() => import('../register/RegisterPage'), 'RegisterPage'),
});

const phone = createRoute({
  getParentRoute: () => root,
  path: '/phone',
  component: lazyRouteComponent(() => import('../phone/PhonePage'), 'PhonePage'),
});

// Everything else stands inside the shell and needs a session.
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (session) return;
    const instance = await queryClient.fetchQuery(instanceQuery);
    if (instance.state === 'setup') throw redirect({ to: '/setup' });
    throw redirect({ to: '/sign-in', search: { next: signInTarget(location.href) } });
  },
});

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: async () => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    throw redirect({ to: session?.permissions.includes('peopleRead') ? '/dashboard' : '/me', replace: true });
  },
});
const dashboard = createRoute({
  getParentRoute: () => shell,
  path: '/dashboard',
  staticData: { needs: 'peopleRead' },
  component: lazyRouteComponent(() => import('../dashboard/DashboardPage'), 'DashboardPage'),
});
const users = createRoute({
  getParentRoute: () => shell,
  path: '/users',
  staticData: { needs: 'peopleRead' },
  validateSearch: parseUsersSearch,
  component: lazyRouteComponent(() => import('../users/UsersPage'), 'UsersPage'),
});
const newUser = createRoute({
  getParentRoute: () => shell,
  path: '/users/new',
  staticData: { needs: 'peopleWrite' },
  validateSearch: parseWizardSearch,
  component: lazyRouteComponent(() => import('../users/new/NewUserPage'), 'NewUserPage'),
});
const user = createRoute({
  getParentRoute: () => shell,
  path: '/users/$id',
  staticData: { needs: 'peopleRead' },
  validateSearch: parseUserPageSearch,
  component: lazyRouteComponent(() => import('../users/UserPage'), 'UserPage'),
});
const groups = createRoute({
  getParentRoute: () => shell,
  path: '/groups',
  staticData: { needs: 'peopleRead' },
  validateSearch: parseGroupsSearch,
  component: lazyRouteComponent(() => import('../groups/GroupsPage'), 'GroupsPage'),
});
const group = createRoute({
  getParentRoute: () => shell,
  path: '/groups/$id',
  staticData: { needs: 'peopleRead' },
  validateSearch: parseGroupPageSearch,
  component: lazyRouteComponent(() => import('../groups/GroupPage'), 'GroupPage'),
});
const keys = createRoute({
  getParentRoute: () => shell,
  path: '/keys',
  staticData: { needs: 'peopleRead' },
  validateSearch: parseKeysSearch,
  component: lazyRouteComponent(() => import('../keys/KeysPage'), 'KeysPage'),
});
const importSources = createRoute({
  getParentRoute: () => shell,
  path: '/users/import',
  staticData: { needs: 'importsRun' },
  component: lazyRouteComponent(() => import('../imports/SourcePage'), 'SourcePage'),
});
const imports = createRoute({
  getParentRoute: () => shell,
  path: '/imports',
  staticData: { needs: 'peopleRead' },
  validateSearch: parseImportsSearch,
  component: lazyRouteComponent(() => import('../imports/ImportsPage'), 'ImportsPage'),
});
const csvImport = createRoute({
  getParentRoute: () => shell,
  path: '/imports/new/csv',
  staticData: { needs: 'importsRun' },
  validateSearch: parseImportWizard(csvSteps),
  component: lazyRouteComponent(() => import('../imports/wizard/CsvWizardPage'), 'CsvWizardPage'),
});
const entraImport = createRoute({
  getParentRoute: () => shell,
  path: '/imports/new/entra',
  staticData: { needs: 'importsRun' },
  validateSearch: parseImportWizard(entraSteps),
  component: lazyRouteComponent(() => import('../imports/wizard/EntraWizardPage'), 'EntraWizardPage'),
});
const newSchedule = createRoute({
  getParentRoute: () => shell,
  path: '/imports/schedules/new',
  staticData: { needs: 'settingsWrite' },
  validateSearch: (search: Record<string, unknown>): { import?: string } => {
    const from = text(search['import']);
    return from ? { import: from } : {};
  },
  component: lazyRouteComponent(() => import('../imports/SchedulePage'), 'NewSchedulePage'),
});
const schedule = createRoute({
  getParentRoute: () => shell,
  path: '/imports/schedules/$id',
  staticData: { needs: 'settingsRead' },
  component: lazyRouteComponent(() => import('../imports/SchedulePage'), 'EditSchedulePage'),
});
const importPage = createRoute({
  getParentRoute: () => shell,
  path: '/imports/$id',
  staticData: { needs: 'peopleRead' },
  validateSearch: parseRowsSearch,
  component: lazyRouteComponent(() => import('../imports/ImportPage'), 'ImportPage'),
});
const cardDesk = createRoute({
  getParentRoute: () => shell,
  path: '/cards',
  staticData: { needs: 'keysWrite' },
  component: lazyRouteComponent(() => import('../cards/desk/CardDeskPage'), 'CardDeskPage'),
});
const workstations = createRoute({
  getParentRoute: () => shell,
  path: '/workstations',
  staticData: { needs: 'peopleRead' },
  component: lazyRouteComponent(() => import('../workstations/WorkstationsPage'), 'WorkstationsPage'),
});
const integrations = createRoute({
  getParentRoute: () => shell,
  path: '/integrations',
  staticData: { needs: 'settingsRead' },
  component: lazyRouteComponent(() => import('../integrations/IntegrationsPage'), 'IntegrationsPage'),
});
const entra = createRoute({
  getParentRoute: () => shell,
  path: '/integrations/entra',
  staticData: { needs: 'settingsRead' },
  component: lazyRouteComponent(() => import('../integrations/EntraPage'), 'EntraPage'),
});
const entraCallback = createRoute({
  getParentRoute: () => shell,
  path: '/integrations/entra/callback',
  staticData: { needs: 'settingsWrite' },
  // Microsoft's own names.
  validateSearch: (search: Record<string, unknown>) => search,
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => ({ answer: answerOf(deps) }),
  component: lazyRouteComponent(() => import('../integrations/CallbackPage'), 'CallbackPage'),
});
const scim = createRoute({
  getParentRoute: () => shell,
  path: '/integrations/scim',
  staticData: { needs: 'settingsRead' },
  validateSearch: parseScimSearch,
  component: lazyRouteComponent(() => import('../integrations/scim/ScimPage'), 'ScimPage'),
});
const activity = createRoute({
  getParentRoute: () => shell,
  path: '/activity',
  staticData: { needs: 'activityRead' },
  validateSearch: parseActivitySearch,
  component: lazyRouteComponent(() => import('../activity/ActivityPage'), 'ActivityPage'),
});
export const settingsTabs = ['general', 'keys', 'cards', 'mail', 'api-keys', 'about'] as const;
export type SettingsTab = (typeof settingsTabs)[number];
const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  staticData: { needs: 'settingsRead' },
  validateSearch: (search: Record<string, unknown>): { tab?: SettingsTab } => {
    const tab = oneOf(search['tab'], settingsTabs);
    return tab && tab !== 'general' ? { tab } : {};
  },
  component: lazyRouteComponent(() => import('../settings/SettingsPage'), 'SettingsPage'),
});
const me = createRoute({
  getParentRoute: () => shell,
  path: '/me',
  validateSearch: (search: Record<string, unknown>): { cursor?: string } => {
    const cursor = text(search['cursor']);
    return cursor ? { cursor } : {};
  },
  component: lazyRouteComponent(() => import('../me/MyPage'), 'MyPage'),
});

const routeTree = root.addChildren([
  signIn,
  setup,
  register,
  phone,
  shell.addChildren([
    home,
    dashboard,
    users,
    newUser,
    importSources,
    user,
    groups,
    group,
    keys,
    imports,
    csvImport,
    entraImport,
    newSchedule,
    schedule,
    importPage,
    cardDesk,
    workstations,
    integrations,
    entra,
    entraCallback,
    scim,
    activity,
    settings,
    me,
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultErrorComponent: RouteFault,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
  // Plain ?q=text as people write it, not JSON: every parameter of the panel is a word or a comma list.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(search)) {
      if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
    }
    const query = params.toString().replace(/%2C/gi, ',');
    return query ? `?${query}` : '';
  },
});
