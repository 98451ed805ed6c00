// A running Keystead with its mail server, its owner, and people who can be added to it.
import { expect, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { Api, type Group, type Registration, type Role, type User } from './api.ts';
import { Keystead } from './keystead.ts';
import { Mailbox } from './mailbox.ts';
import { completeSetup, registerKey, signIn } from './pages.ts';
import { SecurityKey } from './security-key.ts';
import { Watch } from './watch.ts';

export interface Person {
  id: string;
  email: string;
  displayName: string;
  key: SecurityKey;
  /** The cookies of a signed-in browser, once there has been one. */
  session?: Awaited<ReturnType<import('@playwright/test').BrowserContext['storageState']>>;
}

export interface Visit extends BrowserContextOptions {
  /** Who comes: their key is plugged in, and they are signed in when they have been before. */
  as?: Person;
  /** A browser that was never signed in, though the person was, elsewhere. */
  signedOut?: boolean;
}

export const ORGANISATION = 'Meadow & Sons';

export class House {
  owner!: Person;
  api!: Api;
  readonly #watch: Watch;
  readonly #helpers = new Map<Role, Promise<Person>>();
  #people = 0;
  #browsers = 0;
  #ownerTouched = 0;

  private constructor(
    readonly browser: Browser,
    readonly keystead: Keystead,
    readonly mailbox: Mailbox | undefined,
  ) {
    this.#watch = new Watch(keystead.url);
  }

  /** A house with nobody in it yet. */
  static async build(browser: Browser, { mail = true } = {}): Promise<House> {
    const mailbox = mail ? await Mailbox.start() : undefined;
    const keystead = await Keystead.start(mailbox ? { smtpPort: mailbox.port } : {});
    return new House(browser, keystead, mailbox);
  }

  /** A house whose owner has been through the set-up page. */
  static async open(browser: Browser, options: { mail?: boolean } = {}): Promise<House> {
    const house = await House.build(browser, options);
    const key = new SecurityKey();
    const page = await house.page();
    await key.plugInto(page);
    await page.goto(await house.keystead.setupLink());
    await completeSetup(page, { organisation: ORGANISATION, email: 'olga@meadow.example', displayName: 'Olga Owner' });
    await house.movedIn(page, key);
    await page.context().close();
    return house;
  }

  /** Takes the person whom `page` has just set up as the owner of the house. */
  async movedIn(page: Page, key: SecurityKey): Promise<void> {
    const session = await page.context().storageState();
    this.api = await Api.as(session, this.keystead.url);
    const { user } = await this.api.get<{ user: User }>('/session');
    this.owner = { id: user.id, email: user.email, displayName: user.displayName, key, session };
    this.#ownerTouched = Date.now();
  }

  /** Signs the owner in anew when a slow machine has taken so long that dangerous acts ask for a fresh touch. */
  async freshOwner(): Promise<void> {
    if (Date.now() - this.#ownerTouched < 8 * 60_000) return;
    const page = await this.page({ as: this.owner, signedOut: true });
    await signIn(page);
    await this.movedIn(page, this.owner.key);
    await page.context().close();
  }

  /** A page in a browser of its own. */
  async page(visit: Visit = {}): Promise<Page> {
    const { as, signedOut = false, ...options } = visit;
    const context = await this.browser.newContext({
      baseURL: this.keystead.url,
      ...(as?.session && !signedOut ? { storageState: as.session } : {}),
      // People sit at computers of their own: one address for all would meet the rate limits.
      extraHTTPHeaders: { 'X-Forwarded-For': `198.18.${this.#browsers >> 8}.${this.#browsers & 255}` },
      ...options,
    });
    this.#browsers += 1;
    await this.#watch.over(context);
    const page = await context.newPage();
    if (as) await as.key.plugInto(page);
    return page;
  }

  /** Lets pages lead to another origin: that of a simulated Microsoft. */
  allow(url: string): void {
    this.#watch.allow(url);
  }

  /** Findings since the last call; none are expected, ever. */
  takeFindings(): string[] {
    return this.#watch.take();
  }

  /** Adds somebody through the API; with `key`, one of that kind waits for them behind a link. */
  async add(
    displayName: string,
    options: { email?: string; key?: boolean; kind?: 'hardwareKey' | 'smartphone' | 'contactlessCard'; groupIds?: string[] } = {},
  ): Promise<Person & { link: string; keyId: string }> {
    this.#people += 1;
    const email = options.email ?? `${displayName.toLowerCase().replaceAll(/[^a-z0-9]+/g, '.')}.${this.#people}@meadow.example`;
    const { user, registration } = await this.api.post<{ user: User; registration: Registration | null }>('/users', {
      email,
      displayName,
      ...(options.groupIds ? { groupIds: options.groupIds } : {}),
      ...(options.key === false ? {} : { key: { kind: options.kind ?? 'hardwareKey' } }),
    });
    const person = { id: user.id, email, displayName, key: new SecurityKey(), keyId: registration?.keyId ?? '', link: '' };
    if (registration) person.link = registration.link ?? (await this.mailbox!.nextLink(email)).link;
    return person;
  }

  /** Adds somebody who has registered their key. */
  async addWithKey(displayName: string, options: { groupIds?: string[] } = {}): Promise<Person & { link: string; keyId: string }> {
    const person = await this.add(displayName, options);
    const page = await this.page({ as: person });
    await page.goto(person.link);
    await registerKey(page);
    await page.context().close();
    return person;
  }

  /** Adds somebody who has registered their key and signed in with it. */
  async addSignedIn(displayName: string, options: { groupIds?: string[] } = {}): Promise<Person & { link: string; keyId: string }> {
    const person: Person & { link: string; keyId: string } = await this.addWithKey(displayName, options);
    const page = await this.page({ as: person });
    await signIn(page);
    person.session = await page.context().storageState();
    await page.context().close();
    return person;
  }

  /** Somebody signed in who holds the role through a group; the same person at each call. */
  withRole(role: Role): Promise<Person> {
    let person = this.#helpers.get(role);
    if (!person) {
      person = (async () => {
        const group = await this.api.post<Group>('/groups', { name: `Role ${role}`, role });
        const name = { owner: 'Otto Owner', administrator: 'Ada Admin', helpDesk: 'Hugo Helpdesk', auditor: 'Aida Auditor' }[role];
        return this.addSignedIn(name, { groupIds: [group.id] });
      })();
      this.#helpers.set(role, person);
    }
    return person;
  }

  /** Stops everything, and looks for secrets in what the server has printed. */
  async close(): Promise<void> {
    const links = (this.mailbox?.all ?? []).map((mail) => mail.link).filter(Boolean);
    await this.api?.close();
    await this.keystead.remove();
    await this.mailbox?.stop();
    for (const link of links) {
      const secret = link.slice(link.indexOf('#') + 1);
      expect(this.keystead.output.includes(secret), 'the log holds no registration link').toBe(false);
    }
  }
}
