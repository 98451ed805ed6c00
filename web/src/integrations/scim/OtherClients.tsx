// Signing in by OAuth instead of a long-lived token, and directories other than Entra ID.
import { Button, makeStyles } from '@fluentui/react-components';
import { CopyField } from '../../shared/CopyField';
import { Fold } from '../../shared/Fold';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: '16px', maxWidth: '76ch' },
  words: { margin: 0 },
  list: { margin: 0, paddingLeft: '24px', display: 'flex', flexDirection: 'column', gap: '8px' },
  field: { width: '100%', maxWidth: '640px' },
});

export function OtherClients({ tokenUrl, onMakeClient }: { tokenUrl: string; onMakeClient: (() => void) | undefined }) {
  const styles = useStyles();
  return (
    <>
      <Fold title="OAuth 2.0 client credentials" description="Where the directory shall ask for short-lived tokens itself">
        <div className={styles.root}>
          <p className={styles.words}>
            Instead of the secret token, the directory gets a client identifier and a client secret. With them it asks for an
            access token whenever it needs one. In Entra ID choose <strong>OAuth2 Client Credentials Grant</strong> as the{' '}
            <strong>Authentication method</strong>, and enter the Tenant URL above, the address below, the identifier and the
            secret. The mappings are the same.
          </p>
          <div className={styles.field}>
            <CopyField label="Token Endpoint" value={tokenUrl} />
          </div>
          {onMakeClient ? <Button onClick={onMakeClient}>New client</Button> : null}
        </div>
      </Fold>
      <Fold title="Okta and other directories" description="The same address, the same token">
        <div className={styles.root}>
          <ul className={styles.list}>
            <li>
              <strong>Okta:</strong> in an app integration with SCIM provisioning, enter the Tenant URL as{' '}
              <strong>SCIM connector base URL</strong>, <strong>userName</strong> as the unique identifier field,{' '}
              <strong>HTTP Header</strong> as authentication mode with the secret token, and allow pushing new users, profile
              updates and groups.
            </li>
            <li>
              <strong>Others:</strong> Keystead keeps to RFC 7643 and 7644: Users and Groups with every attribute, filters, paging,
              PATCH, Bulk and ETags. What it offers is at <code>ServiceProviderConfig</code> and <code>Schemas</code> below the
              Tenant URL, and can be read without a token.
            </li>
            <li>The token goes into the header Authorization, after the word Bearer.</li>
          </ul>
        </div>
      </Fold>
    </>
  );
}
