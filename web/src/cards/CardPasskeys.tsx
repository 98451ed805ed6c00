// The passkeys that a card holds: where each signs in to, for which account, and how to take one off.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { Delete20Regular } from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type CardPasskey, type Key } from '../api';
import { Card } from '../shared/Card';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { DataList, type Column } from '../shared/DataList';
import { KeyStateBadge } from '../shared/StatusBadge';
import { EmptyState } from '../shared/states';
import { Time } from '../shared/Time';
import { useToast } from '../shared/toast';
import { cardPasskeysQuery } from './queries';
import { siteName } from './words';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  strong: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  small: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
});

interface Props {
  item: Key;
  mayChange: boolean;
}

export function CardPasskeys({ item, mayChange }: Props) {
  const styles = useStyles();
  const toast = useToast();
  const queries = useQueryClient();
  const passkeys = useQuery(cardPasskeysQuery(item.id));
  const [removing, setRemoving] = useState<CardPasskey | null>(null);

  const when = (at: string | null, where: string | null) => (
    <span className={styles.stack}>
      <Time at={at} />
      {at && where ? <span className={styles.small}>at {where}</span> : null}
    </span>
  );
  const columns: Column<CardPasskey>[] = [
    {
      key: 'site',
      header: 'Signs in to',
      primary: true,
      render: (passkey) => (
        <span className={styles.stack}>
          <span className={styles.strong}>{siteName(passkey)}</span>
          <span className={styles.small}>{passkey.discoverable ? 'Without a user name' : 'As a second factor'}</span>
        </span>
      ),
    },
    {
      key: 'account',
      header: 'Account',
      render: ({ account, accountDisplayName }) => accountDisplayName ?? account ?? 'Not told',
    },
    { key: 'registered', header: 'Made', render: (passkey) => when(passkey.registeredAt, passkey.registeredWith) },
    { key: 'used', header: 'Last used', render: (passkey) => when(passkey.lastUsedAt, passkey.lastUsedWith) },
    { key: 'signatures', header: 'Uses', render: ({ signatures }) => signatures.toLocaleString('en') },
  ];
  if (mayChange) {
    columns.push({
      key: 'actions',
      header: 'Actions',
      headerHidden: true,
      card: 'corner',
      width: '56px',
      render: (passkey) =>
        passkey.signsInHere ? null : (
          <Button
            appearance="subtle"
            icon={<Delete20Regular />}
            aria-label={`Remove the passkey for ${siteName(passkey)}`}
            onClick={() => setRemoving(passkey)}
          />
        ),
    });
  }
  return (
    <>
      <Card
        flush
        title={`Passkeys on ${item.name}`}
        description="Wherever this card was registered as a security key."
        actions={<KeyStateBadge state={item.state} />}
      >
        <DataList
          label={`Passkeys on ${item.name}`}
          columns={columns}
          items={passkeys.data?.items}
          getKey={({ id }) => id}
          error={passkeys.error}
          onRetry={() => void passkeys.refetch()}
          empty={
            <EmptyState illustration="card" title="No passkey on this card" level={3}>
              One appears here when {item.user.displayName} registers the card at a site.
            </EmptyState>
          }
        />
      </Card>
      <ConfirmDialog
        open={removing !== null}
        danger
        title={removing ? `Remove the passkey for ${siteName(removing)}?` : ''}
        confirmLabel="Remove passkey"
        onConfirm={async () => {
          if (!removing) return;
          await api.del('/keys/{id}/passkeys/{passkeyId}', { path: { id: item.id, passkeyId: removing.id } });
          await queries.invalidateQueries({ queryKey: cardPasskeysQuery(item.id).queryKey });
          toast.success('Passkey removed');
        }}
        onClose={() => setRemoving(null)}
      >
        The card does not sign in there any more, and this can’t be undone. The site itself is not told: the account there
        still lists the card until {item.user.displayName} takes it off.
      </ConfirmDialog>
    </>
  );
}
