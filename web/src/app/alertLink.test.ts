import { expect, test } from 'vitest';
import { alertLink } from './alertLink';

const importId = '0198c0de-0000-7000-8000-000000000000';

test('an alert about an import leads to it', () => {
  expect(alertLink(`3 created, 1 failed. Report: /imports/${importId}`)).toEqual({
    words: '3 created, 1 failed.',
    link: { label: 'Open the report', importId },
  });
  expect(alertLink(`Many leave. Plan: /imports/${importId}`).link?.label).toBe('Look at the plan');
});

test('other alerts are shown as they are', () => {
  const detail = 'Nora reported “Report: /imports/x” lost.';
  expect(alertLink(detail)).toEqual({ words: detail, link: null });
});
