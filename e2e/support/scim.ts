// A directory that speaks SCIM as Entra ID does: its probes, its look-ups before each change, its
// capitalised operations and its booleans as text. Plain HTTP, as it is on the wire.
import { randomUUID } from 'node:crypto';
import { expect } from '@playwright/test';

export interface Resource {
  id: string;
  [attribute: string]: unknown;
}

export interface Colleague {
  objectId: string;
  givenName: string;
  surname: string;
  userPrincipalName: string;
}

export function colleague(givenName: string, surname: string, domain = 'contoso.com'): Colleague {
  const userPrincipalName = `${givenName}.${surname}@${domain}`.toLowerCase().replaceAll(' ', '');
  return { objectId: randomUUID(), givenName, surname, userPrincipalName };
}

export class Directory {
  constructor(
    /** As it stands on the page, with its slash at the end. */
    readonly tenantUrl: string,
    readonly secretToken: string,
  ) {}

  /** One request, whatever its outcome. */
  async call(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(new URL(path, this.tenantUrl), {
      method,
      headers: {
        Authorization: `Bearer ${this.secretToken}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/scim+json; charset=utf-8' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async #good<T>(method: string, path: string, status: number, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, body);
    const text = await answer.text();
    expect(answer.status, `${method} ${path} answered: ${text}`).toBe(status);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async #find(kind: 'Users' | 'Groups', attribute: string, value: string): Promise<Resource[]> {
    const members = kind === 'Groups' ? 'excludedAttributes=members&' : '';
    const found = await this.#good<{ totalResults: number; Resources: Resource[] }>(
      'GET',
      `${kind}?${members}filter=${attribute}+eq+%22${encodeURIComponent(value)}%22`,
      200,
    );
    expect(found.Resources).toHaveLength(found.totalResults);
    return found.Resources;
  }

  /** What the button of this name sends. */
  async testConnection(): Promise<void> {
    expect(await this.#find('Users', 'externalId', randomUUID())).toEqual([]);
    expect(await this.#find('Groups', 'externalId', randomUUID())).toEqual([]);
  }

  find(person: Colleague): Promise<Resource[]> {
    return this.#find('Users', 'externalId', person.objectId);
  }

  /** Adds somebody with the mapping of the page; the answer may be a refusal. */
  async tryToAdd(person: Colleague): Promise<Response> {
    expect(await this.find(person)).toEqual([]);
    const { objectId, givenName, surname, userPrincipalName } = person;
    const formatted = `${givenName} ${surname}`;
    return this.call('POST', 'Users', {
      schemas: [
        'urn:ietf:params:scim:schemas:core:2.0:User',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      ],
      externalId: objectId,
      userName: objectId,
      active: true,
      displayName: formatted,
      emails: [{ primary: true, type: 'work', value: userPrincipalName }],
      meta: { resourceType: 'User' },
      name: { formatted, familyName: surname, givenName },
      roles: [],
    });
  }

  async add(person: Colleague): Promise<Resource> {
    const answer = await this.tryToAdd(person);
    expect(answer.status, `${person.userPrincipalName} is added`).toBe(201);
    return (await answer.json()) as Resource;
  }

  async addGroup(displayName: string, members: readonly Resource[]): Promise<Resource> {
    const externalId = randomUUID();
    expect(await this.#find('Groups', 'externalId', externalId)).toEqual([]);
    const group = await this.#good<Resource>('POST', 'Groups', 201, {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group', 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
      externalId,
      displayName,
      meta: { resourceType: 'Group' },
    });
    const value = members.map(({ id }) => ({ $ref: null, value: id }));
    await this.#patch(`Groups/${group.id}`, 204, { op: 'Add', path: 'members', value });
    return group;
  }

  /** What unassigning, blocking and deleting in the directory come to. */
  async disable(resource: Resource): Promise<void> {
    await this.#patch(`Users/${resource.id}`, 200, { op: 'Replace', path: 'active', value: 'False' });
  }

  async rename(resource: Resource, displayName: string): Promise<void> {
    await this.#patch(`Users/${resource.id}`, 200, { op: 'Replace', path: 'displayName', value: displayName });
  }

  async #patch(path: string, status: number, ...Operations: object[]): Promise<void> {
    await this.#good('PATCH', path, status, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations });
  }
}
