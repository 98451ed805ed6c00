// What has to be done in Microsoft's portal, step by step, with the address to copy.
import { makeStyles, tokens } from '@fluentui/react-components';
import { Card } from '../shared/Card';
import { CopyField } from '../shared/CopyField';
import { neededPermissions } from './connection';

const useStyles = makeStyles({
  list: { margin: 0, paddingLeft: '24px', display: 'flex', flexDirection: 'column', gap: '14px', maxWidth: '72ch' },
  copy: { marginTop: '8px' },
  code: { fontFamily: 'ui-monospace, monospace', fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
  inner: { margin: '4px 0 0', paddingLeft: '20px' },
});

export function Guide({ redirectUri }: { redirectUri: string }) {
  const styles = useStyles();
  return (
    <Card title="In Microsoft’s portal" description="Once, as an administrator of the tenant. It takes about ten minutes.">
      <ol className={styles.list}>
        <li>
          In the Entra admin center open <strong>App registrations</strong> and choose <strong>New registration</strong>. Name it
          Keystead, for accounts in this directory only.
        </li>
        <li>
          As redirect URI choose the platform <strong>Web</strong> and paste this address:
          <div className={styles.copy}>
            <CopyField label="Redirect URI" value={redirectUri} />
          </div>
        </li>
        <li>
          Under <strong>API permissions</strong> add these <strong>application permissions</strong> of Microsoft Graph:
          <ul className={styles.inner}>
            {neededPermissions.map(({ name, why }) => (
              <li key={name}>
                <span className={styles.code}>{name}</span>, {why}
              </li>
            ))}
          </ul>
        </li>
        <li>
          From the <strong>Overview</strong> copy the directory (tenant) ID and the application (client) ID into the form below,
          and save it.
        </li>
        <li>
          Under <strong>Certificates &amp; secrets</strong> upload the certificate that Keystead makes for you. A client secret
          works, too; it has to be renewed more often.
        </li>
        <li>
          Come back here and press <strong>Authorize</strong>. Microsoft asks an administrator to consent; a Privileged Role
          Administrator or Global Administrator can.
        </li>
      </ol>
    </Card>
  );
}
