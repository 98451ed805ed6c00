// The row menu of a key: what its state allows, each asked about first.
import { Menu, MenuButton, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import {
  ContactCard20Regular,
  Dismiss20Regular,
  MoreHorizontal20Regular,
  Pause20Regular,
  PaymentWireless20Regular,
  Play20Regular,
  Prohibited20Regular,
  QrCode20Regular,
  Rename20Regular,
  Send20Regular,
} from '@fluentui/react-icons';
import { useState, type ReactElement } from 'react';
import type { Key } from '../api';
import { CardDialog } from '../cards/CardDialog';
import { MoveDialog } from './MoveDialog';
import { moves, type AskedMove, type KeyMove } from './moves';
import type { ShowRegistration } from './RegistrationDialog';

const items: Record<KeyMove, { name: string; icon: ReactElement }> = {
  code: { name: 'Show the code for their phone', icon: <QrCode20Regular /> },
  handOut: { name: 'Put the card on a reader', icon: <PaymentWireless20Regular /> },
  card: { name: 'Card and PIN', icon: <ContactCard20Regular /> },
  rename: { name: 'Rename', icon: <Rename20Regular /> },
  resend: { name: 'Send link again', icon: <Send20Regular /> },
  cancel: { name: 'Cancel', icon: <Dismiss20Regular /> },
  suspend: { name: 'Suspend', icon: <Pause20Regular /> },
  resume: { name: 'Resume', icon: <Play20Regular /> },
  revoke: { name: 'Revoke', icon: <Prohibited20Regular /> },
};

export function KeyMenu({ item, onRegistration }: { item: Key; onRegistration: ShowRegistration }) {
  const [move, setMove] = useState<AskedMove | null>(null);
  const [cardShown, setCardShown] = useState(false);
  const possible = moves(item);
  const choose = (name: KeyMove) => {
    if (name === 'code') onRegistration({ code: item.id }, item.user);
    else if (name === 'handOut') onRegistration({ card: item.id }, item.user);
    else if (name === 'card') setCardShown(true);
    else setMove(name);
  };
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
                <MenuItem key={name} icon={items[name].icon} onClick={() => choose(name)}>
                  {items[name].name}
                </MenuItem>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
      ) : null}
      {item.kind === 'contactlessCard' ? (
        <CardDialog item={item} open={cardShown} onClose={() => setCardShown(false)} onRegistration={onRegistration} />
      ) : null}
      <MoveDialog item={item} move={move} onClose={() => setMove(null)} onRegistration={onRegistration} />
    </>
  );
}
