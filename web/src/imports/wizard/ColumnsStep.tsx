// Step 2 of the CSV wizard: what each column means. Proposed by the headers; every one can be changed.
import { makeStyles, MessageBar, MessageBarBody, Select, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { CsvPreview, ImportField } from '../../api';
import { DataList, type Column } from '../../shared/DataList';
import { fieldName, fields } from '../words';
import { columnName, withColumn, type Columns } from './csv';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '20px', minWidth: 0 },
  list: {
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    overflow: 'hidden',
  },
  name: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  samples: { color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere', display: 'block', maxWidth: '28rem' },
  select: { minWidth: '13rem', '@media (max-width: 700px)': { minWidth: 0 } },
  wrong: { color: tokens.colorPaletteRedForeground1 },
  refused: { color: tokens.colorNeutralForeground3 },
});

interface Props {
  preview: CsvPreview;
  columns: Columns;
  problem: string | null;
  onChange: (columns: Columns) => void;
}

export function ColumnsStep({ preview, columns, problem, onChange }: Props) {
  const styles = useStyles();
  const shown = useMemo<Column<CsvPreview['columns'][number]>[]>(
    () => [
      { key: 'name', header: 'Column', primary: true, render: (column) => <span className={styles.name}>{columnName(column)}</span> },
      {
        key: 'samples',
        header: 'For example',
        render: (column) => (
          <span className={styles.samples}>
            {column.refused ? '••••••' : column.samples.filter((sample) => sample !== '').slice(0, 3).join(' · ') || 'Empty'}
          </span>
        ),
      },
      {
        key: 'field',
        header: 'Means',
        width: '260px',
        render: (column) =>
          column.refused ? (
            <span className={styles.refused}>Not imported: Keystead keeps no passwords, and doesn’t take any in.</span>
          ) : (
            <Select
              className={styles.select}
              aria-label={`What ${columnName(column)} means`}
              value={columns[column.index] ?? ''}
              onChange={(_, { value }) => onChange(withColumn(columns, column.index, (value || null) as ImportField | null))}
            >
              <option value="">Leave out</option>
              {fields.map((field) => (
                <option key={field} value={field}>
                  {fieldName(field)}
                </option>
              ))}
            </Select>
          ),
      },
    ],
    [columns, onChange, styles],
  );
  return (
    <div className={styles.root}>
      {preview.remembered ? (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>A file with the same columns was imported before. The choice made then is shown here.</MessageBarBody>
        </MessageBar>
      ) : null}
      <div className={styles.list}>
        <DataList
          label="Columns of the file"
          columns={shown}
          items={preview.columns}
          getKey={(column) => String(column.index)}
          empty={null}
        />
      </div>
      {problem ? (
        <div role="alert" className={styles.wrong}>
          {problem}
        </div>
      ) : null}
    </div>
  );
}
