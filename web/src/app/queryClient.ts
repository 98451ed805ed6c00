// How the panel keeps what it has read: for a moment, and asked again when the window comes back.
import { QueryClient } from '@tanstack/react-query';
import { Problem } from '../api';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refused stays refused; only faults on the way are worth another try.
      retry: (failures, error) => failures < 2 && error instanceof Problem && (error.status === 0 || error.status === 503),
      retryDelay: (attempt) => 500 * 2 ** attempt,
    },
    mutations: { retry: false },
  },
});
