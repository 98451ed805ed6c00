import { expect, test } from 'vitest';
import { refusalFor } from './refusals';

test.each(['link_used', 'link_expired', 'link_cancelled', 'link_disabled', 'link_unknown'])('%s has advice', (code) => {
  const refusal = refusalFor(code);
  expect(refusal?.title).not.toBe('');
  expect(refusal?.advice).toMatch(/administrator/);
});

test.each(['code_unknown', 'code_used', 'code_expired', 'code_replaced'])('%s leads to another code', (code) => {
  const refusal = refusalFor(code);
  expect(refusal?.offerCode).toBe(true);
  expect(refusal?.advice).toMatch(/screen/);
});

test.each(['credential_refused', 'rate_limited', 'constructor', ''])('%j is no refusal of the link', (code) => {
  expect(refusalFor(code)).toBeUndefined();
});
