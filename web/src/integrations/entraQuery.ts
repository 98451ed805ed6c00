import { queryOptions } from '@tanstack/react-query';
import { api } from '../api';

export const entraQuery = queryOptions({
  queryKey: ['integrations', 'entra'],
  queryFn: ({ signal }) => api.get('/integrations/entra', { signal }),
});
