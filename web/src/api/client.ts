// The one door to the server. Pages call api.get/post/patch/put/del with a path of the API;
// answers are typed by that path, failures are thrown as Problem.
// Two refusals are handled here for everyone: 401 leads to the sign-in page, and
// 403 step_up_required asks for a touch of the key and then repeats the request.
import createClient from 'openapi-fetch';
import type { paths } from './paths';
import { Problem, problemFrom } from './problem';

type Method = 'get' | 'post' | 'patch' | 'put' | 'delete';
type PathsWith<M extends Method> = { [P in keyof paths]: M extends keyof paths[P] ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = M extends keyof paths[P] ? paths[P][M] : never;
type JsonOf<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined;
type AnswerOf<O> = O extends { responses: infer R } ? JsonOf<R[keyof R & (200 | 201 | 202 | 204)]> : never;
type BodyOf<O> = O extends { requestBody: infer B } ? JsonOf<B> : never;
type PathOf<O> = O extends { parameters: { path: infer P } } ? P : never;
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? Q : never;

type Part<Name extends string, T> = [T] extends [never] ? { [K in Name]?: undefined } : { [K in Name]: T };
type OptionalPart<Name extends string, T> = { [K in Name]?: T };
interface Common {
  signal?: AbortSignal;
  /** The version the caller has seen; the server answers 412 when somebody was faster. */
  ifMatch?: number;
  /** One UUID per intent: a repeated request with it changes nothing twice. */
  idempotencyKey?: string;
  /** True where "not signed in" is an answer and no reason to go to the sign-in page. */
  signedOutIsFine?: boolean;
}
export type Init<O> = Common & Part<'path', PathOf<O>> & OptionalPart<'query', QueryOf<O>> & Part<'body', BodyOf<O>>;
type Args<O> = Common extends Init<O> ? [init?: Init<O>] : [init: Init<O>];

export const apiBase = '/api/v1';

const client = createClient<Record<string, Record<Method, object>>>({
  baseUrl: apiBase,
  credentials: 'same-origin',
  // Lists in a query are written a,b,c.
  querySerializer: { array: { style: 'form', explode: false } },
  // Looked up at each call, so that tests can stand in for the network.
  fetch: (request) => globalThis.fetch(request),
});

let askForTouch: () => Promise<boolean> = () => Promise.resolve(false);
let onSignedOut: () => void = () => undefined;

/** The panel's shell says how to ask for a fresh touch, and where "not signed in" leads. */
export function connectShell(handlers: { askForTouch: () => Promise<boolean>; onSignedOut: () => void }): void {
  askForTouch = handlers.askForTouch;
  onSignedOut = handlers.onSignedOut;
}

interface LooseInit extends Common {
  path?: unknown;
  query?: unknown;
  body?: unknown;
}

async function send(method: Method, path: string, init: LooseInit): Promise<unknown> {
  const headers: Record<string, string> = {};
  if (init.ifMatch !== undefined) headers['If-Match'] = `"${init.ifMatch}"`;
  if (init.idempotencyKey !== undefined) headers['Idempotency-Key'] = init.idempotencyKey;
  // An empty search box is no filter.
  const query = Object.fromEntries(Object.entries(init.query ?? {}).filter(([, value]) => value !== '' && value != null));
  const request = {
    params: { path: init.path, query },
    body: init.body,
    headers,
    signal: init.signal,
  };
  let outcome: { data?: unknown; error?: unknown; response: Response };
  try {
    outcome = await client.request(method, path as never, request as never);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw Problem.unreachable();
  }
  const { data, error, response } = outcome;
  if (response.ok) return data;
  throw problemFrom(error, response.status, response.headers.get('Retry-After'));
}

async function call(method: Method, path: string, init: LooseInit = {}): Promise<unknown> {
  try {
    return await send(method, path, init);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'step_up_required') {
      if (await askForTouch()) return await send(method, path, init);
      throw new Problem(
        {
          code: 'step_up_declined',
          title: 'Nothing was changed',
          detail: 'This needs a touch of your security key. Try again when you have it at hand.',
        },
        403,
      );
    }
    if (error.status === 401 && error.code === 'unauthenticated' && !init.signedOutIsFine) onSignedOut();
    throw error;
  }
}

type Caller<M extends Method> = <P extends PathsWith<M>>(
  path: P,
  ...args: Args<Operation<P, M>>
) => Promise<AnswerOf<Operation<P, M>>>;

function caller<M extends Method>(method: M): Caller<M> {
  return ((path: string, init?: LooseInit) => call(method, path, init)) as unknown as Caller<M>;
}

export const api = {
  get: caller('get'),
  post: caller('post'),
  patch: caller('patch'),
  put: caller('put'),
  del: caller('delete'),
};

/**
 * Sends the bytes of a file, telling how much of it has left. Not by fetch: only XMLHttpRequest knows
 * how far an upload is.
 */
export function upload<P extends PathsWith<'put'>>(
  path: P,
  init: {
    path: PathOf<Operation<P, 'put'>>;
    query?: QueryOf<Operation<P, 'put'>>;
    file: Blob;
    onProgress: (part: number) => void;
  },
): Promise<AnswerOf<Operation<P, 'put'>>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const values = init.path as Record<string, string>;
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
    request.open('PUT', downloadUrl(filled, (init.query ?? {}) as Record<string, string | undefined>));
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.responseType = 'json';
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) init.onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        resolve(request.response as AnswerOf<Operation<P, 'put'>>);
        return;
      }
      const problem = problemFrom(request.response, request.status, request.getResponseHeader('Retry-After'));
      if (problem.status === 401 && problem.code === 'unauthenticated') onSignedOut();
      reject(problem);
    };
    request.onerror = () => reject(Problem.unreachable());
    request.send(init.file);
  });
}

/** The address of a path with its query: for plain links to downloads, and for what is not asked by fetch. */
export function downloadUrl(path: string, query: Record<string, string | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, value);
  const text = params.toString();
  return `${apiBase}${path}${text ? `?${text}` : ''}`;
}
