import { describe, expect, it } from 'vitest';
import type { CsvPreview, Import } from '../../api';
import { columnName, columnsOf, columnsProblem, furthest, sizeWords, withColumn } from './csv';

const column = (index: number, name: string | null, field: 'email' | 'active' | null, refused: 'password' | null = null) => ({
  index, name, field, refused, samples: [],
});
const preview = {
  columns: [column(0, 'mail', 'email'), column(1, 'secret', null, 'password'), column(2, null, null)],
} as unknown as CsvPreview;

describe('the columns of a file', () => {
  it('need one with the e-mail address', () => {
    expect(columnsProblem(columnsOf(preview))).toBeNull();
    expect(columnsProblem([null, 'displayName'])).toContain('e-mail address');
  });

  it('mean one thing each: choosing a meaning takes it away from where it was', () => {
    expect(withColumn(['email', 'title', null], 2, 'email')).toEqual([null, 'title', 'email']);
    expect(withColumn(['email', null, null], 1, null)).toEqual(['email', null, null]);
  });

  it('do not say enabled and blocked at once', () => {
    expect(columnsProblem(['email', 'active', 'blocked'])).toContain('the other way around');
  });

  it('never take a password column, whatever was proposed', () => {
    const proposed = { ...preview, columns: [column(0, 'password', 'email', 'password')] } as unknown as CsvPreview;
    expect(columnsOf(proposed)).toEqual([null]);
  });

  it('have names, also without a header', () => {
    expect(preview.columns.map(columnName)).toEqual(['mail', 'secret', 'Column 3']);
  });
});

describe('the steps of the CSV wizard', () => {
  const run = (state: Import['state']) => ({ state }) as Import;
  it('open as far as the import has come', () => {
    expect(furthest(undefined, undefined)).toBe('file');
    expect(furthest(run('draft'), undefined)).toBe('file');
    expect(furthest(run('draft'), { columns: [column(0, 'name', null)] } as unknown as CsvPreview)).toBe('columns');
    expect(furthest(run('draft'), preview)).toBe('review');
    expect(furthest(run('ready'), preview)).toBe('confirm');
  });
});

it.each([
  [90, '90 bytes'],
  [1, '1 byte'],
  [48_213, '48 KB'],
  [2_340_000, '2.3 MB'],
  [50_000_000, '50 MB'],
])('%d bytes are "%s"', (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words);
});
