// A workstation with a card reader: an agent that speaks docs/agent-protocol.md, whose cards are laid on by the journey.
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { expect } from '@playwright/test';
import type { Key, List } from './api.ts';
import type { House, Visit } from './house.ts';

const SUBPROTOCOL = 'keystead-agent.v1';
const READER = 'ACS ACR122U 00 00';

interface Message {
  type: string;
  [field: string]: unknown;
}

const base64url = (bytes: Buffer) => bytes.toString('base64url');

/** A badge: what it tells every reader. */
export class Badge {
  readonly uid: Buffer;
  constructor(uid?: Buffer) {
    // A fixed number of seven bytes, as MIFARE cards have; 08 at its beginning would say that it is made up.
    this.uid = uid ?? Buffer.concat([Buffer.from([0x04]), randomBytes(6)]);
  }
  get identity(): object {
    return { kind: 'uid', uid: base64url(this.uid) };
  }
  /** The end of its number, as pages show it. */
  get number(): string {
    return this.uid.toString('hex').slice(-4).toUpperCase();
  }
}

/** The client's half of a WebSocket (RFC 6455), for text frames: Node 20 has none of its own. */
class Link {
  readonly #waiting: ((message: Message | null) => void)[] = [];
  readonly #queue: Message[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;

  private constructor(private readonly socket: Duplex) {
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('close', () => this.#end());
    socket.on('error', () => this.#end());
  }

  static async open(url: string, from: string): Promise<Link> {
    const key = randomBytes(16).toString('base64');
    const asked = request(`${url}/api/agent/v1/link`, {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': key,
        'Sec-WebSocket-Protocol': SUBPROTOCOL,
        'X-Forwarded-For': from,
      },
    });
    asked.end();
    const [answer, socket, head] = (await Promise.race([
      once(asked, 'upgrade'),
      once(asked, 'response').then(([refused]) => {
        throw new Error(`the link was refused with ${refused.statusCode}`);
      }),
    ])) as [{ headers: Record<string, string> }, Duplex, Buffer];
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    expect(answer.headers['sec-websocket-accept']).toBe(accept);
    expect(answer.headers['sec-websocket-protocol']).toBe(SUBPROTOCOL);
    const link = new Link(socket);
    link.#take(head);
    return link;
  }

  get ended(): boolean {
    return this.#ended;
  }

  say(message: Message): void {
    this.#send(0x1, Buffer.from(JSON.stringify(message)));
  }

  /** The next message, or null when the server has closed. */
  async hear(): Promise<Message | null> {
    const next = this.#queue.shift();
    if (next) return next;
    if (this.#ended) return null;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    if (!this.#ended) this.#send(0x8, Buffer.alloc(0));
    this.socket.destroy();
  }

  #send(opcode: number, payload: Buffer): void {
    const head = payload.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | payload.length]) : Buffer.alloc(4);
    if (payload.length >= 126) {
      head[0] = 0x80 | opcode;
      head[1] = 0x80 | 126;
      head.writeUInt16BE(payload.length, 2);
    }
    const mask = randomBytes(4);
    this.socket.write(Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask[at % 4]!)]));
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 2) {
      const opcode = this.#bytes[0]! & 0x0f;
      let length = this.#bytes[1]! & 0x7f;
      let at = 2;
      if (length === 126) {
        if (this.#bytes.length < 4) return;
        length = this.#bytes.readUInt16BE(2);
        at = 4;
      }
      if (this.#bytes.length < at + length) return;
      const payload = this.#bytes.subarray(at, at + length);
      this.#bytes = this.#bytes.subarray(at + length);
      if (opcode === 0x1) this.#deliver(JSON.parse(payload.toString()) as Message);
      else if (opcode === 0x9) this.#send(0xa, Buffer.from(payload));
      else if (opcode === 0x8) this.#end();
    }
  }

  #deliver(message: Message): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(message);
    else this.#queue.push(message);
  }

  #end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting(null);
  }
}

export class Workstation {
  #id = '';
  #link: Link | undefined;
  #taps = 0;
  readonly #heard: Message[] = [];

  private constructor(
    readonly url: string,
    readonly name: string,
    /** The address that it comes from, as the proxy says. */
    private readonly from: string,
    private readonly key: KeyObject,
  ) {}

  /** Runs the command that the panel shows: `keystead-agent enrol --server … --code …`. */
  static async enrol(command: string, name: string, from: string): Promise<Workstation> {
    const [, server, code] = /^keystead-agent enrol --server (\S+) --code (\S+)$/.exec(command) ?? [];
    if (!server || !code) throw new Error(`not a command that enrols: ${command}`);
    const url = server.replace(/\/$/, '');
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const point = Buffer.concat([Buffer.from([4]), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]);
    const workstation = new Workstation(url, name, from, privateKey);
    const link = await Link.open(url, from);
    const challenge = await link.hear();
    link.say({
      type: 'enrol',
      code,
      publicKey: base64url(point),
      name,
      version: '0.1.0',
      platform: 'linux x86_64',
      signature: workstation.#prove('enrol', challenge!, `${code}\n${base64url(point)}`),
    });
    const answer = await link.hear();
    if (answer?.type !== 'enrolled') throw new Error(`refused: ${String(answer?.reason)}`);
    expect(answer.name).toBe(name);
    workstation.#id = answer.agent as string;
    link.close();
    return workstation;
  }

  #prove(purpose: 'enrol' | 'link', challenge: Message, subject: string): string {
    expect(challenge).toMatchObject({ type: 'challenge', server: this.url });
    const text = `keystead-agent.v1 ${purpose}\n${challenge.nonce as string}\n${this.url}\n${subject}\n`;
    return base64url(sign('sha256', Buffer.from(text), { key: this.key, dsaEncoding: 'ieee-p1363' }));
  }

  /** Starts the agent: connects, and plugs the reader in. Answers what the server says first. */
  async start(): Promise<Message> {
    const link = await Link.open(this.url, this.from);
    const challenge = await link.hear();
    link.say({
      type: 'hello',
      agent: this.#id,
      version: '0.1.0',
      platform: 'linux x86_64',
      signature: this.#prove('link', challenge!, this.#id),
    });
    const answer = (await link.hear())!;
    if (answer.type !== 'welcome') return answer;
    this.#link = link;
    this.#heard.length = 0;
    link.say({ type: 'readers', readers: [READER] });
    void this.#listen(link);
    return answer;
  }

  async #listen(link: Link): Promise<void> {
    for (;;) {
      const message = await link.hear();
      if (message === null) return;
      this.#heard.push(message);
    }
  }

  /** Lays a badge on the reader and lifts it again; answers what the server says of it first. */
  async tap(badge: Badge | { identity: object }): Promise<Message> {
    this.#taps += 1;
    const tap = this.#taps;
    this.#link!.say({ type: 'card', reader: READER, tap, fresh: true, identity: badge.identity });
    const answer = await this.#await((message) => message.type === 'card' && message.tap === tap, 'an answer to the tap');
    this.#link!.say({ type: 'cardGone', reader: READER, tap });
    return answer;
  }

  /** Waits until the server has refused the agent and closed. */
  async refused(): Promise<Message> {
    return this.#await((message) => message.type === 'refused', 'a refusal');
  }

  async #await(wanted: (message: Message) => boolean, what: string): Promise<Message> {
    await expect.poll(() => this.#heard.some(wanted), { message: what, intervals: [20] }).toBe(true);
    return this.#heard.find(wanted)!;
  }

  stop(): void {
    this.#link?.close();
    this.#link = undefined;
  }
}

/** A card that makes up a new number each time, as phones do. */
export const aPhoneAsCard = { identity: { kind: 'unusable', reason: 'randomNumber' } };

let offices = 0;

/** A workstation with a browser on it: both come from one address, as the proxy says. */
export async function office(house: House): Promise<{ workstation: Workstation; visit: Visit }> {
  offices += 1;
  const address = `198.19.${process.pid % 250}.${offices}`;
  const { command } = await house.api.post<{ command: string }>('/workstations/codes');
  const workstation = await Workstation.enrol(command, `Office ${offices}`, address);
  await workstation.start();
  return { workstation, visit: { extraHTTPHeaders: { 'X-Forwarded-For': address } } };
}

/** The card key that waits for somebody. */
export async function awaitCard(house: House, person: { id: string }): Promise<string> {
  const { key } = await house.api.post<{ key: Key }>(`/users/${person.id}/keys`, { kind: 'contactlessCard', activation: 'now' });
  return key.id;
}

/** Hands a card out behind the panel's back. */
export async function handOut(house: House, workstation: Workstation, person: { id: string }, badge: Badge): Promise<string> {
  const keyId = await awaitCard(house, person);
  const { id: workstationId } = (await house.api.get<List<{ id: string; name: string }>>('/workstations')).items.find(
    ({ name }) => name === workstation.name,
  )!;
  const { id: readingId } = await house.api.post<{ id: string }>(`/keys/${keyId}/card/readings`, { workstationId });
  await workstation.tap(badge);
  await house.api.post(`/keys/${keyId}/card/bind`, { readingId });
  return keyId;
}
