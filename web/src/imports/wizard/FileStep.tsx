// Step 1 of the CSV wizard: a file is dropped or selected, sent, and shown as it was recognised.
import {
  Button,
  Field,
  Link,
  makeStyles,
  mergeClasses,
  ProgressBar,
  Select,
  Switch,
  tokens,
  typographyStyles,
} from '@fluentui/react-components';
import { ArrowDownload16Regular, DocumentTable24Regular } from '@fluentui/react-icons';
import { useRef, useState, type DragEvent } from 'react';
import { downloadUrl, type CsvOptions, type CsvPreview, type Delimiter, type Encoding } from '../../api';
import { Illustration } from '../../shared/illustrations';
import { columnName, delimiterNames, dialectNames, encodingNames, sizeWords } from './csv';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '24px', minWidth: 0 },
  zone: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: '8px',
    padding: '24px 16px',
    textAlign: 'center',
    border: `2px dashed ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusLarge,
  },
  over: { border: `2px dashed ${tokens.colorCompoundBrandStroke}`, backgroundColor: tokens.colorBrandBackground2 },
  wrong: { color: tokens.colorPaletteRedForeground1 },
  faint: { color: tokens.colorNeutralForeground3, margin: 0 },
  input: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
  uploading: { width: 'min(100%, 420px)', display: 'flex', flexDirection: 'column', gap: '8px' },
  file: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '12px' },
  fileWords: { flex: '1 1 14rem', minWidth: 0, overflowWrap: 'anywhere' },
  name: { ...typographyStyles.body1Strong, margin: 0 },
  icon: { color: tokens.colorBrandForeground1, flexShrink: 0 },
  recognised: { display: 'flex', flexWrap: 'wrap', gap: '16px', alignItems: 'flex-end' },
  choice: { flex: '1 1 12rem', maxWidth: '20rem', '& select': { width: '100%' } },
  scroller: {
    overflowX: 'auto',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
  },
  table: { borderCollapse: 'collapse', fontSize: tokens.fontSizeBase200, minWidth: '100%' },
  cell: {
    padding: '6px 12px',
    textAlign: 'left',
    whiteSpace: 'nowrap',
    maxWidth: '16rem',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  head: { fontWeight: tokens.fontWeightSemibold, backgroundColor: tokens.colorNeutralBackground2 },
});

interface Props {
  preview: CsvPreview | undefined;
  /** From 0 to 1 while a file is on its way. */
  uploading: number | null;
  problem: string | null;
  reading: boolean;
  onFile: (file: File) => void;
  onChange: (change: Partial<Pick<CsvOptions, 'encoding' | 'delimiter' | 'header'>>) => void;
}

export function FileStep({ preview, uploading, problem, reading, onFile, onChange }: Props) {
  const styles = useStyles();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file && uploading === null) onFile(file);
  };
  const select = (
    <>
      <input
        ref={input}
        type="file"
        className={styles.input}
        accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain"
        aria-label="CSV file"
        tabIndex={-1}
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file may be chosen again once it is mended.
          event.target.value = '';
          if (file) onFile(file);
        }}
      />
      <Button appearance={preview ? 'secondary' : 'primary'} onClick={() => input.current?.click()}>
        {preview ? 'Choose another file' : 'Select file'}
      </Button>
    </>
  );
  return (
    <div className={styles.root}>
      <div
        className={mergeClasses(preview && uploading === null ? undefined : styles.zone, over && styles.over)}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {uploading !== null ? (
          <div className={styles.uploading}>
            <span role="status">{uploading < 1 ? 'The file is being sent…' : 'The file is being looked at…'}</span>
            <ProgressBar value={uploading < 1 ? uploading : undefined} thickness="large" aria-label="Sending the file" />
          </div>
        ) : preview ? (
          <div className={styles.file}>
            <DocumentTable24Regular className={styles.icon} aria-hidden />
            <div className={styles.fileWords}>
              <p className={styles.name}>{preview.fileName}</p>
              <p className={styles.faint}>
                {sizeWords(preview.bytes)}
                {preview.dialect ? `. It looks like ${dialectNames[preview.dialect]}.` : ''}
              </p>
            </div>
            {select}
          </div>
        ) : (
          <>
            <Illustration name="import" />
            <span>Drop a CSV file here, or</span>
            {select}
            <p className={styles.faint}>
              One person in each line.{' '}
              <Link href={downloadUrl('/imports/template.csv', {})} download inline>
                Download a template with an example <ArrowDownload16Regular aria-hidden />
              </Link>
            </p>
          </>
        )}
      </div>
      {problem ? (
        <div role="alert" className={styles.wrong}>
          {problem}
        </div>
      ) : null}
      {preview && uploading === null ? <Recognised preview={preview} reading={reading} onChange={onChange} /> : null}
    </div>
  );
}

function Recognised({ preview, reading, onChange }: Pick<Props, 'reading' | 'onChange'> & { preview: CsvPreview }) {
  const styles = useStyles();
  return (
    <>
      <div className={styles.recognised}>
        <Field label="Encoding" className={styles.choice}>
          <Select
            value={preview.encoding}
            disabled={reading}
            onChange={(_, { value }) => onChange({ encoding: value as Encoding })}
          >
            {Object.entries(encodingNames).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Values are separated by" className={styles.choice}>
          <Select
            value={preview.delimiter}
            disabled={reading}
            onChange={(_, { value }) => onChange({ delimiter: value as Delimiter })}
          >
            {Object.entries(delimiterNames).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <Switch
          checked={preview.header}
          disabled={reading}
          label="The first line names the columns"
          onChange={(_, { checked }) => onChange({ header: checked })}
        />
      </div>
      <div>
        <p className={styles.faint}>The first rows, as they are understood. If they look wrong, change the choices above.</p>
      </div>
      <div className={styles.scroller} tabIndex={0} role="region" aria-label="The first rows" aria-busy={reading}>
        <table className={styles.table}>
          <thead>
            <tr>
              {preview.columns.map((column) => (
                <th key={column.index} scope="col" className={mergeClasses(styles.cell, styles.head)}>
                  {columnName(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.rows.map((row, index) => (
              <tr key={index}>
                {preview.columns.map((column) => (
                  <td key={column.index} className={styles.cell} title={row[column.index]}>
                    {row[column.index]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
