// The passkeys of one person: what each registered key really holds, as WebAuthn told it, and what their cards
// hold for other sites.
import { makeStyles } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { api, type Credential, type User } from '../api';
import { CardPasskeys } from '../cards/CardPasskeys';
import { Card, Facts } from '../shared/Card';
import { backupWords, transportWords } from '../shared/credentialWords';
import { EmptyState, ErrorState, SkeletonLines } from '../shared/states';
import { KeyStateBadge } from '../shared/StatusBadge';
import { Time } from '../shared/Time';
import { deviceWords } from '../shared/userAgent';
import { CardAuditing } from './CardAuditing';

const useStyles = makeStyles({ root: { display: 'flex', flexDirection: 'column', gap: '16px' } });

export function PasskeysTab({ user, mayChange }: { user: User; mayChange: boolean }) {
  const styles = useStyles();
  const credentials = useQuery({
    queryKey: ['users', user.id, 'credentials'],
    queryFn: ({ signal }) => api.get('/users/{id}/credentials', { path: { id: user.id }, signal }),
  });
  const keys = useQuery({
    queryKey: ['users', user.id, 'keys'],
    queryFn: ({ signal }) => api.get('/users/{id}/keys', { path: { id: user.id }, signal }),
  });
  const cards = (keys.data?.items ?? []).filter(
    ({ kind, state }) => kind === 'contactlessCard' && (state === 'active' || state === 'suspended'),
  );
  if (!credentials.data) {
    return (
      <Card>
        {credentials.error ? (
          <ErrorState error={credentials.error} onRetry={() => void credentials.refetch()} />
        ) : (
          <SkeletonLines lines={6} label="Passkeys are loading" />
        )}
      </Card>
    );
  }
  if (credentials.data.items.length === 0 && cards.length === 0) {
    return (
      <Card>
        <EmptyState illustration="keys" title="No passkey yet">
          A passkey is made when {user.displayName} opens the registration link and touches the key.
        </EmptyState>
      </Card>
    );
  }
  return (
    <div className={styles.root}>
      {credentials.data.items.map((credential) => (
        <Passkey key={credential.id} credential={credential} />
      ))}
      {cards.map((item) => (
        <CardPasskeys key={item.id} item={item} mayChange={mayChange} />
      ))}
      {cards.length > 0 ? <CardAuditing user={user} /> : null}
    </div>
  );
}

function Passkey({ credential }: { credential: Credential }) {
  return (
    <Card title={credential.keyName} actions={<KeyStateBadge state={credential.keyState} />}>
      <Facts
        items={[
          ['Model', credential.model ?? 'Unknown model'],
          ['AAGUID', credential.aaguid],
          ['Registered', <Time key="at" at={credential.registeredAt} format="full" />],
          ['Registered from', credential.registeredIp],
          ['Registered with', deviceWords(credential.registeredUserAgent)],
          ['Last used', <Time key="used" at={credential.lastUsedAt} />],
          ['Backup', backupWords(credential)],
          ['Connects by', transportWords(credential.transports)],
          ['Attestation', credential.attestationFormat === 'none' ? 'None given' : credential.attestationFormat],
          ['Algorithm', credential.algorithm],
          ['Signature counter', credential.signCount.toLocaleString('en')],
        ]}
      />
    </Card>
  );
}
