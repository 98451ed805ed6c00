// Keystead as a process: started on a free port with a data folder of its own, stopped as an
// operator stops it. What it prints is kept, for the set-up link and to look for secrets in it.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@playwright/test';

const BINARY =
  process.env.KEYSTEAD_BINARY ??
  join(process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, '../../target'), 'debug/keystead');

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

export interface KeysteadOptions {
  /** Port of the SMTP server on this machine; without it Keystead has no mail server. */
  smtpPort?: number;
  /** Extra environment, in Keystead's own variables. */
  environment?: Record<string, string>;
}

export class Keystead {
  readonly url: string;
  #process: ChildProcess | undefined;
  #output = '';

  private constructor(
    readonly dataFolder: string,
    private readonly port: number,
    private readonly options: KeysteadOptions,
  ) {
    this.url = `http://localhost:${port}`;
  }

  static async start(options: KeysteadOptions = {}): Promise<Keystead> {
    const folder = await mkdtemp(join(tmpdir(), 'keystead-e2e-'));
    const keystead = new Keystead(folder, await freePort(), options);
    await keystead.run();
    return keystead;
  }

  /** Everything that the server has written to stdout and stderr, in order of arrival. */
  get output(): string {
    return this.#output;
  }

  /** Starts the process on the same folder and port; `clock` shifts its time, as in "+73h". */
  async run(clock?: string): Promise<void> {
    const environment = {
      ...this.#environment(),
      ...(clock === undefined
        ? {}
        : { LD_PRELOAD: fakeTimeLibrary(), FAKETIME: clock, FAKETIME_DONT_FAKE_MONOTONIC: '1' }),
    };
    const child = spawn(BINARY, ['serve'], { env: environment, cwd: this.dataFolder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    const keep = (chunk: Buffer) => (this.#output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => (this.#output += `${error}\n`));
    await expect(async () => {
      if (child.exitCode !== null || child.pid === undefined) return;
      const answer = await fetch(`${this.url}/readyz`);
      expect(answer.status).toBe(200);
    }, 'Keystead answers /readyz').toPass({ timeout: 20_000, intervals: [50] });
    if (child.exitCode !== null || child.pid === undefined) {
      throw new Error(`Keystead did not start:\n${this.#output}`);
    }
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      KEYSTEAD_DATA_DIR: this.dataFolder,
      KEYSTEAD_LISTEN: `127.0.0.1:${this.port}`,
      KEYSTEAD_PUBLIC_URL: this.url,
      // Every browser comes from an address of its own, as through a proxy (see House.page).
      KEYSTEAD_TRUSTED_PROXIES: '127.0.0.1',
      ...(this.options.smtpPort === undefined
        ? {}
        : {
            KEYSTEAD_SMTP_URL: `smtp://localhost:${this.options.smtpPort}`,
            KEYSTEAD_MAIL_FROM: 'Keystead <keystead@example.org>',
          }),
      ...this.options.environment,
    };
  }

  /** Runs another of Keystead's commands on the same data folder; answers what it prints. */
  async command(...words: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(BINARY, words, { env: this.#environment(), cwd: this.dataFolder });
    return stdout;
  }

  /** The path of the set-up page, with its secret, as the server printed it. */
  async setupLink(): Promise<string> {
    const pattern = /https?:\/\/[^\s"'<>]+\/setup#[A-Za-z0-9_-]+/;
    await expect.poll(() => pattern.test(this.#output), { message: 'a set-up link is printed' }).toBe(true);
    return pattern.exec(this.#output)![0];
  }

  /** Asks the process to end as systemd does, and insists that it ends well. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (!child) return;
    this.#process = undefined;
    if (child.exitCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await exit;
      clearTimeout(timer);
    }
    expect(child.exitCode, `Keystead ends with 0 after SIGTERM; it printed:\n${this.#output.slice(-4000)}`).toBe(0);
  }

  async remove(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await rm(this.dataFolder, { recursive: true, force: true });
    }
  }
}

function fakeTimeLibrary(): string {
  const library = readdirSync('/usr/lib')
    .map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`)
    .find(existsSync);
  if (!library) throw new Error('libfaketime is missing; scripts/install-test-tools installs it');
  return library;
}
