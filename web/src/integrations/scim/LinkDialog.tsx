// Hands one person over to SCIM, after showing both sides: who is here, and whom the directory sent.
import { makeStyles, mergeClasses, MessageBar, MessageBarBody, tokens } from '@fluentui/react-components';
import { api, type ScimConflict } from '../../api';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { NotSet } from '../../shared/Card';
import { originNames } from '../../shared/names';
import { useToast } from '../../shared/toast';
import { useRefreshScim } from './queries';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '16px' },
  table: { width: '100%', tableLayout: 'fixed', borderCollapse: 'collapse' },
  cell: {
    padding: '8px 12px 8px 0',
    textAlign: 'left',
    verticalAlign: 'top',
    fontWeight: tokens.fontWeightRegular,
    overflowWrap: 'anywhere',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  head: { color: tokens.colorNeutralForeground3, width: '92px' },
  strong: { fontWeight: tokens.fontWeightSemibold },
  words: { margin: 0 },
});

export function LinkDialog({ conflict, onClose }: { conflict: ScimConflict | null; onClose: () => void }) {
  const refresh = useRefreshScim();
  const toast = useToast();
  const name = conflict?.user.displayName ?? '';
  return (
    <ConfirmDialog
      open={conflict !== null}
      danger={conflict?.user.hasRole ?? false}
      title={`Link ${name} with ${conflict ? sentName(conflict) : ''} of the directory?`}
      confirmLabel="Link"
      onConfirm={async () => {
        if (!conflict) return;
        await api.post('/integrations/scim/conflicts/{id}/link', { path: { id: conflict.id } });
        await refresh();
        toast.success(`${name} is linked`, 'The directory owns the profile from now on.');
      }}
      onClose={onClose}
    >
      {conflict ? <BothSides conflict={conflict} /> : null}
    </ConfirmDialog>
  );
}

function sentName({ displayName, email, userName }: ScimConflict): string {
  return displayName ?? email ?? userName;
}

function BothSides({ conflict }: { conflict: ScimConflict }) {
  const styles = useStyles();
  const { user } = conflict;
  const rows: [string, string | null, string | null][] = [
    ['Name', user.displayName, conflict.displayName],
    ['E-mail', user.email, conflict.email],
    ['User name', user.userName, conflict.userName],
    ['Comes from', originNames[user.source], 'SCIM'],
    ['External ID', null, conflict.externalId],
  ];
  return (
    <div className={styles.root}>
      {user.hasRole ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            {user.displayName} holds a role in this panel. Once linked, whoever runs the directory can disable or delete them.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <table className={styles.table}>
        <thead>
          <tr>
            <td className={mergeClasses(styles.cell, styles.head)} />
            <th scope="col" className={mergeClasses(styles.cell, styles.strong)}>
              Here
            </th>
            <th scope="col" className={mergeClasses(styles.cell, styles.strong)}>
              In the directory
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, here, there]) => (
            <tr key={label}>
              <th scope="row" className={mergeClasses(styles.cell, styles.head)}>
                {label}
              </th>
              <td className={styles.cell}>{here || <NotSet />}</td>
              <td className={styles.cell}>{there || <NotSet />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.words}>
        Link them only if both are the same person. Keys, groups and history are kept. The profile becomes what the directory sent
        and is changed there from now on, and the directory can disable and delete the person.
      </p>
    </div>
  );
}
