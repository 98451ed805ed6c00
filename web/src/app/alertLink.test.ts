import { expect, test } from 'vitest';
import { alertLink } from './alertLink';

const importId = '0198c0de-0000-7000-8000-000000000000';

test('an alert about an import leads to it', () => {
  expect(alertLink({ kind: 'importFinished', detail: `3 created, 1 failed. Report: /imports/${importId}` })).toEqual({
    words: '3 created, 1 failed.',
    link: { to: 'import', label: 'Open the report', importId },
  });
  const plan = alertLink({ kind: 'importNeedsApproval', detail: `Many leave. Plan: /imports/${importId}` });
  expect(plan.link?.label).toBe('Look at the plan');
});

test('an alert about SCIM or Entra ID leads to its page', () => {
  expect(alertLink({ kind: 'scimLastOwner', detail: 'It was refused.' })).toEqual({
    words: 'It was refused.',
    link: { to: 'scim', label: 'Open SCIM' },
  });
  expect(alertLink({ kind: 'scimSilent', detail: 'Nobody called.' }).link).toMatchObject({ to: 'scim' });
  expect(alertLink({ kind: 'entraCredentialExpires', detail: 'It ends.' }).link).toMatchObject({ to: 'entra' });
});

test('other alerts are shown as they are', () => {
  const detail = 'Nora reported “Report: /imports/x” lost.';
  expect(alertLink({ kind: 'keyReportedLost', detail })).toEqual({ words: detail, link: null });
});
