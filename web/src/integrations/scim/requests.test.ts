import { describe, expect, it, test } from 'vitest';
import { adviceWords, bodyWords, queryWords, requestWords, tookWords } from './requests';

const asked = (method: string, path: string, query: string | null = null) => requestWords({ method, path, query });

describe('a request of the directory', () => {
  it('is told as what it wanted', () => {
    expect(asked('GET', '/Users', 'filter=externalId+eq+%22a%22')).toBe('Look for a person');
    expect(asked('GET', '/Groups', 'excludedAttributes=members&filter=displayName+eq+%22a%22')).toBe('Look for a group');
    expect(asked('GET', '/Users', 'startIndex=1')).toBe('List people');
    expect(asked('GET', '/Users/7')).toBe('Read a person');
    expect(asked('POST', '/Users')).toBe('Add a person');
    expect(asked('PATCH', '/Groups/7')).toBe('Change a group');
    expect(asked('DELETE', '/users/7')).toBe('Delete a person');
    expect(asked('POST', '/Users/.search')).toBe('Search');
    expect(asked('POST', '/Bulk')).toBe('Do many things at once');
    expect(asked('GET', '/ServiceProviderConfig')).toBe('Ask what Keystead can do');
    expect(asked('POST', '/oauth/token')).toBe('Ask for an access token');
    expect(asked('GET', '/wp-admin')).toBe('Something that Keystead does not know');
  });

  it('is the same below the whole address', () => {
    expect(asked('PUT', '/api/scim/v2/Users/7')).toBe('Replace a person');
  });

  it('shows its query as people read it, also when that can’t be decoded', () => {
    expect(queryWords('filter=userName+eq+%22ada%22')).toBe('filter=userName eq "ada"');
    expect(queryWords('filter=%E0%A4%A')).toBe('filter=%E0%A4%A');
  });
});

describe('what a refusal means', () => {
  const advice = (status: number, scimType: string | null = null, path = '/Users') =>
    adviceWords({ method: 'POST', path, status, scimType });

  it('is said for refusals only', () => {
    expect(advice(201)).toBeNull();
    expect(advice(401)).toContain('Tokens');
    expect(advice(409, 'uniqueness')).toContain('Conflicts');
    expect(advice(400, 'invalidPath')).toContain('mapping');
    expect(advice(400, 'sensitive')).toContain('message');
    expect(advice(503)).toContain('paused');
    expect(advice(500)).toContain('fault');
    expect(advice(401, null, '/oauth/token')).toContain('client identifier');
  });
});

describe('how long it took', () => {
  it.each([
    [0.4, 'under 1 ms'],
    [3, '3 ms'],
    [3.27, '3.3 ms'],
    [218.4, '218 ms'],
    [1530, '1.5 s'],
  ])('%d is "%s"', (milliseconds, words) => {
    expect(tookWords(milliseconds)).toBe(words);
  });
});

test('a body is laid out where it is JSON, and left as it came where it is not', () => {
  expect(bodyWords('{"active":true}')).toBe('{\n  "active": true\n}');
  expect(bodyWords('{"active":')).toBe('{"active":');
});
