// The REST API as an owner's panel speaks it, for what a journey needs but is not about.
import { expect, request, type APIRequestContext, type APIResponse, type BrowserContextOptions } from '@playwright/test';

export type Role = 'owner' | 'administrator' | 'helpDesk' | 'auditor';

export interface User {
  id: string;
  status: string;
  active: boolean;
  userName: string;
  email: string;
  displayName: string;
  version: number;
}

export interface Registration {
  keyId: string;
  mailed: boolean;
  link: string | null;
  expiresAt: string;
}

export interface Group {
  id: string;
  name: string;
  role: Role | null;
  version: number;
}

export interface Key {
  id: string;
  name: string;
  kind: string;
  state: string;
  reason: string | null;
}

export interface List<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
}

type State = NonNullable<BrowserContextOptions['storageState']>;

export class Api {
  private constructor(private readonly context: APIRequestContext) {}

  static async as(state: State | undefined, url: string): Promise<Api> {
    return new Api(
      await request.newContext({
        baseURL: url,
        // Browsers send Origin with every unsafe request; so must whoever speaks in their place.
        extraHTTPHeaders: { Origin: url },
        ...(state === undefined ? {} : { storageState: state }),
      }),
    );
  }

  async get<T>(path: string): Promise<T> {
    return this.#answer(await this.raw('GET', path));
  }

  async post<T>(path: string, body?: unknown): Promise<T> {
    return this.#answer(await this.raw('POST', path, body));
  }

  async put(path: string): Promise<void> {
    await this.#answer(await this.raw('PUT', path));
  }

  async patch<T>(path: string, body: unknown): Promise<T> {
    return this.#answer(await this.raw('PATCH', path, body));
  }

  async delete(path: string): Promise<void> {
    await this.#answer(await this.raw('DELETE', path));
  }

  /** The answer whatever its status, for journeys that expect a refusal. */
  async raw(method: string, path: string, body?: unknown): Promise<APIResponse> {
    return this.context.fetch(`/api/v1${path}`, { method, ...(body === undefined ? {} : { data: body }) });
  }

  async close(): Promise<void> {
    await this.context.dispose();
  }

  async #answer<T>(response: APIResponse): Promise<T> {
    const text = await response.text();
    expect(response.ok(), `${response.url()} answered ${response.status()}: ${text}`).toBe(true);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
