// The CSV wizard's thoughts: what the file was recognised as, whether its columns can be used, and
// which step can be shown. Pure.
import type { CsvPreview, Delimiter, Encoding, Import, ImportField } from '../../api';
import type { CsvStep } from '../filters';
import { fieldName } from '../words';

export const encodingNames: Record<Encoding, string> = {
  'utf-8': 'Unicode (UTF-8)',
  'utf-16le': 'Unicode (UTF-16, little-endian)',
  'utf-16be': 'Unicode (UTF-16, big-endian)',
  'windows-1252': 'Western European (Windows-1252)',
};
export const delimiterNames: Record<Delimiter, string> = { ',': 'Comma', ';': 'Semicolon', '\t': 'Tab', '|': 'Vertical bar' };
export const dialectNames: Record<NonNullable<CsvPreview['dialect']>, string> = {
  entra: 'Entra ID’s bulk file',
  entraExport: 'an export of Entra ID',
  okta: 'an export of Okta',
  google: 'an export of Google Workspace',
  jumpcloud: 'an export of JumpCloud',
  idmelon: 'an export of IDmelon',
  keystead: 'Keystead’s own template',
};

export type Columns = readonly (ImportField | null)[];

/** The columns as the server has them now: what it proposed, or what was saved before. */
export function columnsOf(preview: CsvPreview): Columns {
  return preview.columns.map((column) => (column.refused ? null : column.field));
}

/** The columns after one was given another meaning. What it means now, it means alone. */
export function withColumn(columns: Columns, index: number, field: ImportField | null): Columns {
  return columns.map((current, at) => (at === index ? field : current === field ? null : current));
}

/** What keeps the columns from being used, or null. */
export function columnsProblem(columns: Columns): string | null {
  if (!columns.includes('email')) {
    return 'Choose the column that holds the e-mail address. It is how people are recognised, and where their links go.';
  }
  if (columns.includes('active') && columns.includes('blocked')) {
    return `${fieldName('active')} and ${fieldName('blocked')} say the same the other way around. Choose one of them.`;
  }
  return null;
}

/** What a column is called, also where the file has no header. */
export function columnName(column: CsvPreview['columns'][number]): string {
  return column.name?.trim() || `Column ${column.index + 1}`;
}

/** The furthest step that can be shown. */
export function furthest(run: Import | undefined, preview: CsvPreview | undefined): CsvStep {
  if (!run || !preview) return 'file';
  if (run.state === 'ready') return 'confirm';
  return columnsProblem(columnsOf(preview)) ? 'columns' : 'review';
}

/** "12.4 MB", "318 KB", "90 bytes". */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} byte${bytes === 1 ? '' : 's'}`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'KB'] : [bytes / 1_000_000, 'MB'];
  return `${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`;
}
