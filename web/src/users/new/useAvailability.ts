// Asks, while somebody types, whether a user name is taken and who else has an e-mail address.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, type Availability } from '../../api';
import { useDebounced } from '../../shared/useDebounced';

export function availabilityQuery(userName: string, email: string) {
  return queryOptions({
    queryKey: ['users', 'availability', userName, email],
    queryFn: ({ signal }) => api.get('/users/availability', { query: { userName, email }, signal }),
  });
}

/** What is known about exactly what is typed now; nothing while that is still being asked. */
export function useAvailability(userName: string, email: string): Availability | undefined {
  const askedName = useDebounced(userName);
  const askedEmail = useDebounced(email);
  const { data } = useQuery({
    ...availabilityQuery(askedName, askedEmail),
    enabled: askedName !== '' || askedEmail !== '',
  });
  return askedName === userName && askedEmail === email ? data : undefined;
}
