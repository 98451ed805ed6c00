// One's own keys: give them names, and report one lost.
import { Button, makeStyles, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, tokens, typographyStyles } from '@fluentui/react-components';
import { Key20Regular, MoreHorizontal20Regular, Rename20Regular, Warning20Regular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Key } from '../api';
import { Card } from '../shared/Card';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { KeyIcon } from '../shared/KeyIcon';
import { keyKindNames } from '../shared/names';
import { PromptDialog } from '../shared/PromptDialog';
import { EmptyState, SkeletonLines } from '../shared/states';
import { KeyStateBadge } from '../shared/StatusBadge';
import { Time } from '../shared/Time';
import { expiryWords } from '../shared/time';
import { useToast } from '../shared/toast';
import { ResetMyPin } from './ResetMyPin';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  item: {
    display: 'grid',
    gridTemplateColumns: '40px minmax(0, 1fr) auto auto',
    alignItems: 'center',
    gap: '4px 12px',
    padding: '12px 24px',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    '@media (max-width: 700px)': { padding: '12px 16px', gridTemplateColumns: '40px minmax(0, 1fr) auto' },
  },
  name: { ...typographyStyles.body1Strong, overflowWrap: 'anywhere', display: 'block' },
  detail: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3, display: 'block' },
  // On a phone the badge stands under the name.
  badge: { '@media (max-width: 700px)': { gridRow: 2, gridColumn: 2 } },
  menu: { gridColumn: -2, gridRow: 1 },
});

export function MyKeys({ keys }: { keys: Key[] | undefined }) {
  const styles = useStyles();
  return (
    <Card flush title="Security keys" description="Lost one? Report it at once: it stops working that second.">
      {!keys ? (
        <SkeletonLines lines={4} label="Your keys are loading" />
      ) : keys.length === 0 ? (
        <EmptyState illustration="keys" title="No security key yet" level={3}>
          Your administrator can assign one to you; its registration link then comes by mail.
        </EmptyState>
      ) : (
        <ul className={styles.list}>
          {keys.map((key) => (
            <KeyRow key={key.id} item={key} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function KeyRow({ item }: { item: Key }) {
  const styles = useStyles();
  const client = useQueryClient();
  const toast = useToast();
  const [dialog, setDialog] = useState<'rename' | 'lost' | 'pin' | null>(null);
  const over = item.state === 'revoked' || item.state === 'cancelled';

  const rename = async (name: string) => {
    await api.patch('/me/keys/{id}', { path: { id: item.id }, body: { name }, ifMatch: item.version });
    await client.invalidateQueries({ queryKey: ['me'] });
    toast.success('Key renamed', `It is now called “${name}”.`);
  };
  const reportLost = async () => {
    await api.post('/me/keys/{id}/report-lost', { path: { id: item.id } });
    toast.success('Key reported lost', 'It is suspended, and your administrators know.');
    // When it was the key of this very session, the next request leads to the sign-in page.
    await client.invalidateQueries({ queryKey: ['me'] });
  };

  return (
    <li className={styles.item}>
      <KeyIcon kind={item.kind} state={item.state} />
      <span>
        <span className={styles.name}>{item.name}</span>
        <span className={styles.detail}>
          {item.model ?? keyKindNames[item.kind]}
          {item.state === 'pending' && item.linkExpiresAt ? (
            `. Its registration link is in your mail and works ${expiryWords(item.linkExpiresAt)}.`
          ) : item.activatedAt ? (
            <>
              {' · last used '}
              <Time at={item.lastUsedAt} never="never" />
            </>
          ) : null}
        </span>
      </span>
      <span className={styles.badge}>
        <KeyStateBadge state={item.state} />
      </span>
      {over ? null : (
        <span className={styles.menu}>
          <Menu positioning="below-end">
            <MenuTrigger disableButtonEnhancement>
              <Button appearance="subtle" icon={<MoreHorizontal20Regular />} aria-label={`Actions for ${item.name}`} />
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItem icon={<Rename20Regular />} onClick={() => setDialog('rename')}>
                  Rename
                </MenuItem>
                {item.kind === 'contactlessCard' && item.state === 'active' ? (
                  <MenuItem icon={<Key20Regular />} onClick={() => setDialog('pin')}>
                    Reset PIN
                  </MenuItem>
                ) : null}
                {item.state === 'active' ? (
                  <MenuItem icon={<Warning20Regular />} onClick={() => setDialog('lost')}>
                    Report lost
                  </MenuItem>
                ) : null}
              </MenuList>
            </MenuPopover>
          </Menu>
        </span>
      )}
      <PromptDialog
        open={dialog === 'rename'}
        title="Rename key"
        label="Name"
        field="name"
        initial={item.name}
        onSave={rename}
        onClose={() => setDialog(null)}
      />
      <ResetMyPin item={item} open={dialog === 'pin'} onClose={() => setDialog(null)} />
      <ConfirmDialog
        open={dialog === 'lost'}
        danger
        title={`Report “${item.name}” lost?`}
        confirmLabel="Report lost"
        onConfirm={reportLost}
        onClose={() => setDialog(null)}
      >
        The key is suspended at once: nobody can sign in with it, and sessions opened with it end, this one too if you
        signed in with that key. Your administrators are told. If you find it again, they can let it work again.
      </ConfirmDialog>
    </li>
  );
}
