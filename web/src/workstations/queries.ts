import { queryOptions } from '@tanstack/react-query';
import { api } from '../api';

/** Asked again and again: agents come and go by themselves. */
export const workstationsQuery = queryOptions({
  queryKey: ['workstations'],
  queryFn: ({ signal }) => api.get('/workstations', { signal }),
  refetchInterval: 5_000,
});
