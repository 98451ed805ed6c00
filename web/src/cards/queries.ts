import { queryOptions } from '@tanstack/react-query';
import { api } from '../api';

/** The card that a key is. Begins with "keys", so that a change of a key asks for it anew. */
export const cardQuery = (keyId: string) =>
  queryOptions({
    queryKey: ['keys', keyId, 'card'],
    queryFn: ({ signal }) => api.get('/keys/{id}/card', { path: { id: keyId }, signal }),
  });

/** The passkeys that a card holds. */
export const cardPasskeysQuery = (keyId: string) =>
  queryOptions({
    queryKey: ['keys', keyId, 'passkeys'],
    queryFn: ({ signal }) => api.get('/keys/{id}/passkeys', { path: { id: keyId }, signal }),
  });
