// What no page may do, in any journey: log an error, break the content security policy, or ask
// another origin for anything.
import type { BrowserContext, ConsoleMessage, Page } from '@playwright/test';

export class Watch {
  readonly #findings = new Set<string>();
  readonly #allowed = new Set<string>();

  constructor(private readonly origin: string) {}

  /** Everything found since the last call, each thing once. */
  take(): string[] {
    const found = [...this.#findings];
    this.#findings.clear();
    return found;
  }

  /** Another origin that people are sent to on purpose, as to Microsoft's consent. */
  allow(url: string): void {
    this.#allowed.add(new URL(url).origin);
  }

  async over(context: BrowserContext): Promise<void> {
    context.on('page', (page) => this.#page(page));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'data:' && url.protocol !== 'blob:' && url.origin !== this.origin && !this.#allowed.has(url.origin)) {
        this.#findings.add(`a request to another origin: ${request.url()}`);
      }
    });
    context.on('response', (response) => {
      if (response.status() >= 500) this.#findings.add(`${response.status()} from ${response.url()}`);
    });
    await context.exposeBinding('keysteadPolicyViolation', (_source, what: string) => {
      this.#findings.add(`content security policy: ${what}`);
    });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const report = (window as unknown as { keysteadPolicyViolation: (what: string) => void }).keysteadPolicyViolation;
        report(`${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample} on ${document.location.pathname}`);
      });
    });
  }

  #page(page: Page): void {
    page.on('pageerror', (error) => this.#findings.add(`an exception on ${path(page)}: ${error.stack ?? error}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !isRefusalOfTheApi(message)) {
        this.#findings.add(`console error on ${path(page)}: ${message.text()}`);
      }
    });
  }
}

/** Chromium writes a line for each 4xx answer; journeys ask for refusals on purpose. */
function isRefusalOfTheApi(message: ConsoleMessage): boolean {
  return /status of 4\d\d/.test(message.text()) && message.location().url.includes('/api/v1/');
}

function path(page: Page): string {
  return page.isClosed() ? '(closed page)' : new URL(page.url()).pathname;
}
