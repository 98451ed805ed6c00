// The two requests of signing in, with the browser's ceremony between them.
import { api, type Session } from '../api';
import { getCredential, type Hint } from '../shared/webauthn';

export async function signIn(
  options: { signal?: AbortSignal; conditional?: boolean; hints?: Hint[] } = {},
): Promise<Session> {
  const { ceremonyId, publicKey } = await api.post('/signin/options', { signal: options.signal });
  const credential = await getCredential(publicKey, options);
  return api.post('/signin/finish', { body: { ceremonyId, credential }, signedOutIsFine: true });
}
