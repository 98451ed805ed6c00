// The requests of a directory in words: what was asked, how it ended, and what to do about it. Pure.
import type { ScimRequest } from '../../api';

type Asked = Pick<ScimRequest, 'method' | 'path' | 'query'>;
type Ended = Pick<ScimRequest, 'method' | 'path' | 'status' | 'scimType'>;

/** What the directory wanted: "Look for a person". */
export function requestWords({ method, path, query }: Asked): string {
  const [kind = '', id] = path.replace(/^.*\/scim\/v2/, '').split('/').filter(Boolean);
  const lower = kind.toLowerCase();
  if (path.endsWith('/oauth/token')) return 'Ask for an access token';
  if (lower === 'bulk') return 'Do many things at once';
  if (lower === '.search' || id?.toLowerCase() === '.search') return 'Search';
  if (lower === 'me') return 'Ask who is signed in';
  if (['schemas', 'resourcetypes', 'serviceproviderconfig'].includes(lower)) return 'Ask what Keystead can do';
  const [one, many] = lower === 'groups' ? ['a group', 'groups'] : lower === 'users' ? ['a person', 'people'] : [null, null];
  if (one === null) return 'Something that Keystead does not know';
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (id !== undefined) return `Read ${one}`;
      return query && /(^|&)filter=/i.test(query) ? `Look for ${one}` : `List ${many}`;
    case 'POST':
      return `Add ${one}`;
    case 'PUT':
      return `Replace ${one}`;
    case 'PATCH':
      return `Change ${one}`;
    case 'DELETE':
      return `Delete ${one}`;
    default:
      return 'Something that Keystead does not know';
  }
}

/** A query as people read it: "+" and "%22" undone. What can't be decoded is shown as it came. */
export function queryWords(query: string): string {
  try {
    return decodeURIComponent(query.replaceAll('+', ' '));
  } catch {
    return query;
  }
}

const byType: Readonly<Record<string, string>> = {
  uniqueness:
    'Somebody or something else has this name already. If it is a person who was here before SCIM, link them under Conflicts.',
  invalidFilter: 'The directory asked with a filter that makes no sense here. Check the matching attribute in the mapping.',
  invalidPath: 'The mapping names an attribute that Keystead does not have. Compare it with the list under Set-up.',
  noTarget: 'What was to be changed is not there. Restart provisioning in the directory if it comes again.',
  invalidValue: 'A value does not fit its attribute. Look at the message, and correct it in the directory or in the mapping.',
  invalidSyntax: 'The message can’t be read. Check that the client speaks SCIM 2.0.',
  mutability: 'The mapping writes an attribute that only Keystead sets. Take it out of the mapping.',
  tooMany: 'The answer would be too large. Narrow the filter.',
};

const byStatus: Readonly<Record<number, string>> = {
  401: 'The secret token is wrong, revoked or has run out, or the call came from a network that is not allowed. Make a new one under Tokens and enter it in the directory.',
  403: 'Keystead does not let SCIM do this. The message says why.',
  404: 'It is not here, or not under SCIM’s management. A directory that looks for somebody it has deleted is told so, too.',
  405: 'This address does not take this kind of request.',
  409: 'Somebody or something else is in the way. Look under Conflicts.',
  412: 'It was changed by somebody else meanwhile. The directory reads it again and repeats.',
  413: 'The message is larger than 1 MiB. Let the directory send fewer things at once.',
  415: 'The message is not JSON. Check the client.',
  429: 'Too many requests at once. The directory was told when to come back.',
  501: 'This part of SCIM is not offered, and clients can do without it.',
  503: 'SCIM was paused. The directory comes back by itself.',
};

/** What a refusal means and what to do; null for what went well. */
export function adviceWords({ path, status, scimType }: Ended): string | null {
  if (status < 400) return null;
  if (path.endsWith('/oauth/token')) {
    return 'The client identifier or its secret is wrong, revoked or has run out. Make a new secret under Tokens.';
  }
  return (
    (scimType ? byType[scimType] : undefined) ??
    byStatus[status] ??
    (status < 500
      ? 'The directory sent something that can’t be taken. The message says what.'
      : 'Keystead has a fault. Tell the person who runs it.')
  );
}

/** How long it took, as fine as it matters. */
export function tookWords(milliseconds: number): string {
  if (milliseconds < 1) return 'under 1 ms';
  if (milliseconds < 10) return `${milliseconds.toFixed(1).replace('.0', '')} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A body as it is read best: JSON with line breaks, anything else as it came. */
export function bodyWords(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
