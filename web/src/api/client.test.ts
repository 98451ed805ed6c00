import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { api, connectShell, downloadUrl } from './client';
import { Problem } from './problem';

// In a browser an address without a host is one of this origin; Node wants it spelled out, and
// before the client is made.
vi.hoisted(() => {
  const NodeRequest = globalThis.Request;
  globalThis.Request = class extends NodeRequest {
    constructor(input: RequestInfo | URL, init?: RequestInit) {
      super(typeof input === 'string' ? new URL(input, 'https://panel.example') : input, init);
    }
  };
});

const fetched: Request[] = [];
let answers: (() => Response | Promise<Response>)[] = [];
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) => () =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
const refusal = (status: number, code: string) => json({ code, title: 'No', status, detail: 'Not so.' }, status);

let touched = true;
let signedOut = 0;
let asked = 0;
const realFetch = globalThis.fetch;

beforeEach(() => {
  fetched.length = 0;
  touched = true;
  signedOut = 0;
  asked = 0;
  connectShell({
    askForTouch: () => {
      asked += 1;
      return Promise.resolve(touched);
    },
    onSignedOut: () => {
      signedOut += 1;
    },
  });
  globalThis.fetch = (async (request: Request) => {
    fetched.push(request.clone() as Request);
    const answer = answers.shift();
    if (!answer) throw new TypeError('no network');
    return answer();
  }) as typeof fetch;
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

test('path, query, version and intent travel as the API wants them', async () => {
  answers = [json({ items: [], nextCursor: null }), json({ id: 'u/1' }), json({ user: {}, registration: null }, 201)];
  await api.get('/users', { query: { q: 'ann & co', status: 'new,pending', origin: '', cursor: undefined } });
  await api.patch('/users/{id}', { path: { id: 'u/1' }, body: { title: null }, ifMatch: 7 });
  await api.post('/users', { body: { email: 'a@example.org' }, idempotencyKey: 'k1' });

  const [list, change, creation] = fetched as [Request, Request, Request];
  const url = new URL(list.url);
  expect(url.pathname).toBe('/api/v1/users');
  expect(Object.fromEntries(url.searchParams)).toEqual({ q: 'ann & co', status: 'new,pending' });
  expect(new URL(change.url).pathname).toBe('/api/v1/users/u%2F1');
  expect(change.headers.get('If-Match')).toBe('"7"');
  expect(await change.json()).toEqual({ title: null });
  expect(creation.headers.get('Idempotency-Key')).toBe('k1');
  expect(creation.headers.get('Content-Type')).toBe('application/json');
});

test('a fresh touch is asked for once and the request is repeated', async () => {
  answers = [refusal(403, 'step_up_required'), () => new Response(null, { status: 204 })];
  await api.del('/users/{id}', { path: { id: 'u1' }, ifMatch: 3 });
  expect(asked).toBe(1);
  expect(fetched.map((request) => [request.method, request.headers.get('If-Match')])).toEqual([
    ['DELETE', '"3"'],
    ['DELETE', '"3"'],
  ]);
});

test('without the touch nothing is repeated and the refusal says so', async () => {
  touched = false;
  answers = [refusal(403, 'step_up_required')];
  await expect(api.del('/users/{id}', { path: { id: 'u1' } })).rejects.toMatchObject({ code: 'step_up_declined' });
  expect(fetched).toHaveLength(1);
});

test('a session that is over leads to the sign-in page, unless that is an answer', async () => {
  answers = [refusal(401, 'unauthenticated'), refusal(401, 'unauthenticated'), refusal(401, 'credential_refused')];
  await expect(api.get('/dashboard')).rejects.toBeInstanceOf(Problem);
  expect(signedOut).toBe(1);
  await expect(api.get('/session', { signedOutIsFine: true })).rejects.toBeInstanceOf(Problem);
  await expect(api.post('/signin/finish', { body: { ceremonyId: 'c', credential: {} } })).rejects.toBeInstanceOf(Problem);
  expect(signedOut).toBe(1);
});

test('no connection is a problem with advice', async () => {
  answers = [];
  await expect(api.get('/dashboard')).rejects.toMatchObject({ code: 'unreachable', status: 0 });
});

test('a download is a plain address', () => {
  expect(downloadUrl('/activity/export', { format: 'csv', q: 'a b', userId: undefined })).toBe(
    '/api/v1/activity/export?format=csv&q=a+b',
  );
});
