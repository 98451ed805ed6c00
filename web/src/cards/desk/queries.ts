import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api';

/** The keys that wait for a card, the oldest first. Those that get one leave the list. */
export const waitingCardsQuery = queryOptions({
  queryKey: ['keys', 'waiting cards'],
  queryFn: ({ signal }) =>
    api.get('/keys', { query: { kind: 'contactlessCard', state: 'pending', sort: 'createdAt', limit: 200 }, signal }),
});
