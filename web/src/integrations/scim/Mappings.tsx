// The attribute mappings that are set in Entra ID: a table for users, one for groups.
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { Card } from '../../shared/Card';
import { CopyText } from '../../shared/CopyText';
import { DataList, type Column } from '../../shared/DataList';
import { groupMappings, userMappings, type Mapping } from './mappings';

const useStyles = makeStyles({
  code: {
    fontFamily: 'ui-monospace, monospace',
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
  },
  strong: { fontWeight: tokens.fontWeightSemibold },
  note: {
    margin: 0,
    padding: '16px 24px 20px',
    '@media (max-width: 700px)': { padding: '16px' },
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    color: tokens.colorNeutralForeground3,
  },
  words: { display: 'block', maxWidth: '76ch' },
});

function Code({ text, strong }: { text: string; strong?: boolean }) {
  const styles = useStyles();
  return <code className={mergeClasses(styles.code, strong && styles.strong)}>{text}</code>;
}

const columns: Column<Mapping>[] = [
  {
    key: 'target',
    header: 'customappsso attribute',
    primary: true,
    render: ({ target }) => <Code text={target} strong />,
  },
  {
    key: 'source',
    header: 'Entra ID attribute',
    render: ({ type, source }) => (type === 'Expression' ? <CopyText text={source} /> : <Code text={source} />),
  },
  { key: 'type', header: 'Mapping type', width: '130px', render: ({ type }) => type },
  {
    key: 'matching',
    header: 'Matching',
    width: '130px',
    render: ({ matching }) => (matching === undefined ? 'No' : `Precedence ${matching}`),
  },
];

export function Mappings() {
  const styles = useStyles();
  return (
    <>
      <Card
        flush
        title="Mapping of users"
        description="In Entra ID: Provision Microsoft Entra ID Users. Attributes of Entra’s own list that are not in this table may stay or go; what is sent is kept."
      >
        <DataList label="Mapping of users" columns={columns} items={[...userMappings]} getKey={({ target }) => target} empty={null} />
        <p className={styles.note}>
          <span className={styles.words}>
            Set <strong>Match objects using this attribute</strong> for <Code text="externalId" />, and take it away from{' '}
            <Code text="userName" />, which Entra matches by at first. If Entra says that a precedence is in use, give{' '}
            <Code text="externalId" /> precedence 2, free <Code text="userName" />, then make it 1. With this mapping the user name
            is an id that says nothing, and never changes; people are shown and found here by name and e-mail.
          </span>
        </p>
      </Card>
      <Card flush title="Mapping of groups" description="In Entra ID: Provision Microsoft Entra ID Groups.">
        <DataList label="Mapping of groups" columns={columns} items={[...groupMappings]} getKey={({ target }) => target} empty={null} />
        <p className={styles.note}>
          <span className={styles.words}>
            Entra matches groups by <Code text="displayName" /> at first: take that away, two groups may bear one name. For
            descriptions, add <Code text="description" /> to the attribute list below and map it.
          </span>
        </p>
      </Card>
    </>
  );
}
