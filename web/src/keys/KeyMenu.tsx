// The row menu of a key: what its state allows, each asked about first.
import { Menu, MenuButton, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import {
  Dismiss20Regular,
  MoreHorizontal20Regular,
  Pause20Regular,
  Play20Regular,
  Prohibited20Regular,
  QrCode20Regular,
  Rename20Regular,
  Send20Regular,
} from '@fluentui/react-icons';
import { useState, type ReactElement } from 'react';
import type { Key } from '../api';
import { MoveDialog } from './MoveDialog';
import { moves, type KeyMove } from './moves';
import type { ShowRegistration } from './RegistrationDialog';

const items: Record<KeyMove, { name: string; icon: ReactElement }> = {
  code: { name: 'Show the code for their phone', icon: <QrCode20Regular /> },
  rename: { name: 'Rename', icon: <Rename20Regular /> },
  resend: { name: 'Send link again', icon: <Send20Regular /> },
  cancel: { name: 'Cancel', icon: <Dismiss20Regular /> },
  suspend: { name: 'Suspend', icon: <Pause20Regular /> },
  resume: { name: 'Resume', icon: <Play20Regular /> },
  revoke: { name: 'Revoke', icon: <Prohibited20Regular /> },
};

export function KeyMenu({ item, onRegistration }: { item: Key; onRegistration: ShowRegistration }) {
  const [move, setMove] = useState<Exclude<KeyMove, 'code'> | null>(null);
  const possible = moves(item);
  return (
    <>
      {possible.length > 0 ? (
        <Menu positioning={{ position: 'below', align: 'end' }}>
          <MenuTrigger disableButtonEnhancement>
            <MenuButton
              appearance="subtle"
              icon={<MoreHorizontal20Regular />}
              menuIcon={null}
              aria-label={`Actions for ${item.name} of ${item.user.displayName}`}
            />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {possible.map((name) => (
                <MenuItem key={name} icon={items[name].icon} onClick={() => (name === 'code' ? onRegistration({ code: item.id }, item.user) : setMove(name))}>
                  {items[name].name}
                </MenuItem>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
      ) : null}
      <MoveDialog item={item} move={move} onClose={() => setMove(null)} onRegistration={onRegistration} />
    </>
  );
}
