// A real SMTP server that keeps what it is given, read by address.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from '@playwright/test';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  to: string;
  subject: string;
  from: string;
  html: string;
  text: string;
  /** The address of the registration page, secret included; the same in both parts. */
  link: string;
}

export class Mailbox {
  readonly #server: SMTPServer;
  readonly #mails: Mail[] = [];
  readonly #read = new Set<Mail>();

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, session, done) => {
        simpleParser(stream).then((parsed) => {
          for (const recipient of session.envelope.rcptTo) this.#mails.push(mailOf(recipient.address, parsed));
          done();
        }, done);
      },
    });
  }

  static async start(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    const listening = mailbox.#server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return mailbox;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Every mail that went to the address so far. */
  to(address: string): Mail[] {
    return this.#mails.filter((mail) => mail.to.toLowerCase() === address.toLowerCase());
  }

  get all(): readonly Mail[] {
    return this.#mails;
  }

  /** The next mail with a registration link to the address that no earlier call has returned. */
  async nextLink(address: string): Promise<Mail> {
    return this.#next(address, `a registration link for ${address}`, (mail) => mail.link !== '');
  }

  /** The next mail to the address about the subject, waiting for it if need be. */
  async next(address: string, subject: RegExp): Promise<Mail> {
    return this.#next(address, `a mail to ${address} about ${subject}`, (mail) => subject.test(mail.subject));
  }

  async #next(address: string, what: string, fits: (mail: Mail) => boolean): Promise<Mail> {
    const find = () => this.to(address).find((mail) => !this.#read.has(mail) && fits(mail));
    await expect.poll(find, { message: `${what} arrives`, timeout: 15_000, intervals: [50] }).toBeDefined();
    const mail = find()!;
    this.#read.add(mail);
    return mail;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function mailOf(to: string, parsed: ParsedMail): Mail {
  const text = parsed.text ?? '';
  return {
    to,
    subject: parsed.subject ?? '',
    from: parsed.from?.text ?? '',
    html: parsed.html || '',
    text,
    link: /https?:\/\/\S+\/register#[A-Za-z0-9_-]+/.exec(text)?.[0] ?? '',
  };
}
