import { expect, test } from 'vitest';
import { refusalFor } from './refusals';

test.each(['link_used', 'link_expired', 'link_cancelled', 'link_disabled', 'link_unknown'])('%s has advice', (code) => {
  const refusal = refusalFor(code);
  expect(refusal?.title).not.toBe('');
  expect(refusal?.advice).toMatch(/administrator/);
});

test.each(['credential_refused', 'rate_limited', 'constructor', ''])('%j is no refusal of the link', (code) => {
  expect(refusalFor(code)).toBeUndefined();
});
