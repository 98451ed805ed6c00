// The attribute lists behind the mappings, for what Entra's own list lacks.
import { makeStyles, tokens } from '@fluentui/react-components';
import { AddCircle16Filled } from '@fluentui/react-icons';
import { CopyField } from '../../shared/CopyField';
import { CopyText } from '../../shared/CopyText';
import { DataList, type Column } from '../../shared/DataList';
import { Fold } from '../../shared/Fold';
import { Badge } from '../../shared/StatusBadge';
import { groupAttributes, userAttributes, type ListedAttribute } from './mappings';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '20px' },
  words: { margin: 0, maxWidth: '76ch' },
  field: { maxWidth: '640px' },
  title: { margin: '8px 0 0', fontSize: tokens.fontSizeBase300 },
  code: { fontFamily: 'ui-monospace, monospace', fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
  list: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusLarge, overflow: 'hidden' },
});

function Name({ attribute }: { attribute: ListedAttribute }) {
  const styles = useStyles();
  return attribute.add ? <CopyText text={attribute.name} /> : <code className={styles.code}>{attribute.name}</code>;
}

const columns: Column<ListedAttribute>[] = [
  { key: 'name', header: 'Name', primary: true, render: (attribute) => <Name attribute={attribute} /> },
  { key: 'type', header: 'Type', width: '110px', render: ({ type }) => type },
  { key: 'notes', header: 'Besides', render: ({ notes }) => notes ?? '' },
  {
    key: 'add',
    header: 'Added by hand',
    card: 'corner',
    width: '140px',
    render: ({ add }) =>
      add ? (
        <Badge tone="fresh" icon={<AddCircle16Filled aria-hidden />}>
          Add it
        </Badge>
      ) : null,
  },
];

const schemaEditor = 'https://portal.azure.com/?Microsoft_AAD_Connect_Provisioning_forceSchemaEditorEnabled=true';

export function Attributes() {
  const styles = useStyles();
  return (
    <Fold title="More attributes" description="The attribute lists of users and groups, for Entra’s “Edit attribute list”">
      <div className={styles.root}>
        <p className={styles.words}>
          The two mappings above need none of this. To send more, open a mapping, tick <strong>Show advanced options</strong> and
          choose <strong>Edit attribute list for customappsso</strong>; add the rows that are marked so, then map them. If the
          link is missing, open the portal with this address, which shows it:
        </p>
        <div className={styles.field}>
          <CopyField label="Portal with the attribute list" value={schemaEditor} />
        </div>
        <h3 className={styles.title}>Users</h3>
        <div className={styles.list}>
          <DataList label="Attributes of users" columns={columns} items={[...userAttributes]} getKey={({ name }) => name} empty={null} />
        </div>
        <h3 className={styles.title}>Groups</h3>
        <div className={styles.list}>
          <DataList label="Attributes of groups" columns={columns} items={[...groupAttributes]} getKey={({ name }) => name} empty={null} />
        </div>
      </div>
    </Fold>
  );
}
