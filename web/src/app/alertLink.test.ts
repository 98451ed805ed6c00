import { expect, test } from 'vitest';
import { alertLink } from './alertLink';

const importId = '0198c0de-0000-7000-8000-000000000000';

test('an alert about an import leads to it', () => {
  expect(alertLink({ kind: 'importFinished', importId })).toEqual({ to: 'import', label: 'Open the report', importId });
  expect(alertLink({ kind: 'importFailed', importId })?.label).toBe('Open the report');
  expect(alertLink({ kind: 'importNeedsApproval', importId })?.label).toBe('Look at the plan');
});

test('an alert about SCIM or Entra ID leads to its page', () => {
  expect(alertLink({ kind: 'scimLastOwner', importId: null })).toEqual({ to: 'scim', label: 'Open SCIM' });
  expect(alertLink({ kind: 'scimSilent', importId: null })).toMatchObject({ to: 'scim' });
  expect(alertLink({ kind: 'entraCredentialExpires', importId: null })).toMatchObject({ to: 'entra' });
});

test('other alerts lead nowhere', () => {
  expect(alertLink({ kind: 'keyReportedLost', importId: null })).toBeNull();
  expect(alertLink({ kind: 'importFailed', importId: null })).toBeNull();
});
