import {
  Avatar,
  Button,
  makeStyles,
  Menu,
  MenuDivider,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  tokens,
  typographyStyles,
} from '@fluentui/react-components';
import { Person20Regular, SignOut20Regular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../api';
import { roleNames } from '../shared/names';
import { useToast } from '../shared/toast';
import { sessionQuery, useSession } from './session';

const useStyles = makeStyles({
  trigger: { minWidth: 0, padding: '4px', borderRadius: tokens.borderRadiusCircular },
  who: { display: 'flex', flexDirection: 'column', padding: '8px 12px', maxWidth: '280px' },
  name: { ...typographyStyles.body1Strong, overflowWrap: 'anywhere' },
  detail: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
});

export function UserMenu() {
  const styles = useStyles();
  const { user, role } = useSession();
  const navigate = useNavigate();
  const client = useQueryClient();
  const toast = useToast();

  const signOut = async () => {
    try {
      await api.del('/session', { signedOutIsFine: true });
    } catch (error) {
      toast.failure(error);
      return;
    }
    await navigate({ to: '/sign-in' });
    // Nothing that this person has read stays for the next one.
    client.clear();
    client.setQueryData(sessionQuery.queryKey, null);
  };

  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" className={styles.trigger} aria-label={`You: ${user.displayName}`}>
          <Avatar aria-hidden name={user.displayName} color="brand" size={32} />
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <div className={styles.who}>
          <span className={styles.name}>{user.displayName}</span>
          <span className={styles.detail}>{user.email}</span>
          <span className={styles.detail}>{roleNames[role]}</span>
        </div>
        <MenuList>
          <MenuDivider />
          <MenuItem icon={<Person20Regular />} onClick={() => void navigate({ to: '/me' })}>
            My page
          </MenuItem>
          <MenuItem icon={<SignOut20Regular />} onClick={() => void signOut()}>
            Sign out
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
