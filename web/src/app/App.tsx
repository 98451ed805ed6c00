// What surrounds every page: theme, toasts, the cache of what was read, the key dialog, the router.
import { FluentProvider, Toaster } from '@fluentui/react-components';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { toasterId } from '../shared/toast';
import { queryClient } from './queryClient';
import { router } from './router';
import { StepUp } from './StepUp';
import { styleHooks } from './styleHooks';
import { ThemeStateProvider, useThemeState } from './theme';

export function App() {
  const themeState = useThemeState();
  return (
    <ThemeStateProvider value={themeState}>
      <FluentProvider theme={themeState.theme} customStyleHooks_unstable={styleHooks}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
          <StepUp />
          <Toaster toasterId={toasterId} position="bottom-end" />
        </QueryClientProvider>
      </FluentProvider>
    </ThemeStateProvider>
  );
}
