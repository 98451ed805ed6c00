// A simulated Microsoft: login and Graph on this machine, and the tenant that a journey furnishes.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from '@playwright/test';

const BINARY =
  process.env.ENTRA_SIMULATOR_BINARY ??
  join(process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, '../../target'), 'debug/entra-simulator');

export interface Application {
  clientId: string;
  secrets: string[];
}

export class EntraSimulator {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<EntraSimulator> {
    const child = spawn(BINARY, ['--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return new EntraSimulator(line.trim().replace(/\/$/, ''), child);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await exit;
  }

  /** The application that Keystead is to be registered as. */
  async application(): Promise<Application> {
    return (await this.directory()).application;
  }

  async directory(): Promise<{ application: Application; users: Record<string, { mail?: string; displayName?: string }> }> {
    return (await this.#ask('GET', 'directory')).json() as never;
  }

  /** What an administrator does in the portal: uploads a certificate, takes a permission away. */
  async change(application: object): Promise<void> {
    await this.#ask('PATCH', 'application', application);
  }

  async generate(size: { users: number; groups: number; members: number }): Promise<void> {
    await this.#ask('POST', 'generate', size);
  }

  async putUser(id: string, properties: object): Promise<void> {
    await this.#ask('PUT', `users/${id}`, properties);
  }

  async deleteUser(id: string): Promise<void> {
    await this.#ask('DELETE', `users/${id}`);
  }

  async putGroup(id: string, name: string, members: string[]): Promise<void> {
    await this.#ask('PUT', `groups/${id}`, { name, members });
  }

  async #ask(method: string, path: string, body?: object): Promise<Response> {
    const answer = await fetch(`${this.url}/control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
    expect(answer.ok, `the simulator answers ${method} ${path}: ${answer.status}`).toBe(true);
    return answer;
  }
}
