// A security key that a person carries: Chromium's virtual authenticator, whose credentials are
// kept here so that the same key works in another page, context or browser later.
import type { CDPSession, Page } from '@playwright/test';

export interface StoredCredential {
  credentialId: string;
  isResidentCredential: boolean;
  privateKey: string;
  signCount: number;
  rpId?: string;
  userHandle?: string;
  backupEligibility?: boolean;
  backupState?: boolean;
}

export class SecurityKey {
  readonly #credentials = new Map<string, StoredCredential>();
  #plugged: { session: CDPSession; authenticatorId: string; page: Page } | undefined;

  get credentials(): StoredCredential[] {
    return [...this.#credentials.values()];
  }

  /** Puts the key into the computer that shows `page`, taking it out of the one before. */
  async plugInto(page: Page, userVerified = true): Promise<void> {
    await this.#offer(page, { transport: 'usb', isUserVerified: userVerified });
  }

  /**
   * Has the browser that shows `page` keep the credentials as its own passkeys, which it offers in fields. Its person
   * picks one as soon as the page asks, or with `picked: false` never does.
   */
  async saveIn(page: Page, { picked = true } = {}): Promise<void> {
    await this.#offer(page, { transport: 'internal', isUserVerified: true, automaticPresenceSimulation: picked });
  }

  /** Has the phone that shows `page` keep the credentials; `synced` ones may be copied to its owner's other devices. */
  async builtInto(page: Page, { synced = true } = {}): Promise<void> {
    await this.#offer(page, {
      transport: 'internal',
      isUserVerified: true,
      defaultBackupEligibility: synced,
      defaultBackupState: synced,
    });
  }

  /** Brings the phone near the computer that shows `page`, which reaches it by the hybrid transport. */
  async bringNear(page: Page): Promise<void> {
    await this.#offer(page, { transport: 'cable', isUserVerified: true });
  }

  async #offer(
    page: Page,
    options: {
      transport: 'usb' | 'internal' | 'cable';
      isUserVerified: boolean;
      automaticPresenceSimulation?: boolean;
      defaultBackupEligibility?: boolean;
      defaultBackupState?: boolean;
    },
  ): Promise<void> {
    await this.unplug();
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        hasResidentKey: true,
        hasUserVerification: true,
        automaticPresenceSimulation: true,
        ...options,
        // Without it a request that enforces credProtect fails.
        hasCredBlob: true,
      },
    });
    for (const credential of this.#credentials.values()) {
      await session.send('WebAuthn.addCredential', { authenticatorId, credential });
    }
    // Both events carry the whole credential, with the counter as it is after the use.
    const keep = ({ credential }: { credential: StoredCredential }) =>
      this.#credentials.set(credential.credentialId, credential);
    session.on('WebAuthn.credentialAdded', keep);
    session.on('WebAuthn.credentialAsserted', keep);
    this.#plugged = { session, authenticatorId, page };
  }

  async unplug(): Promise<void> {
    const plugged = this.#plugged;
    this.#plugged = undefined;
    if (!plugged || plugged.page.isClosed()) return;
    await plugged.session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: plugged.authenticatorId });
    await plugged.session.detach();
  }

  /** A copy that counts on its own, as a cloned key would. */
  clone(): SecurityKey {
    const copy = new SecurityKey();
    for (const [id, credential] of this.#credentials) copy.#credentials.set(id, { ...credential });
    return copy;
  }
}
