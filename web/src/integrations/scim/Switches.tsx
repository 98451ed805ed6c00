// What SCIM may do, as three switches; each that opens something says its risk and asks first.
import { makeStyles, Switch, tokens } from '@fluentui/react-components';
import { useId, useState, type ReactNode } from 'react';
import type { ScimIntegration } from '../../api';
import { useCan } from '../../app/session';
import { Card } from '../../shared/Card';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { useToast } from '../../shared/toast';
import { useChangeScim } from './queries';

const useStyles = makeStyles({
  list: { display: 'flex', flexDirection: 'column', gap: '20px', maxWidth: '76ch' },
  words: { margin: '0 0 0 56px', color: tokens.colorNeutralForeground3, '@media (max-width: 700px)': { marginLeft: '8px' } },
  paragraphs: { '& p': { margin: '0 0 8px' } },
});

type Name = 'paused' | 'adoptByEmail' | 'grantRoles';

const switches: Record<Name, { label: string; words: string; on: string; off: string; ask: { title: string; confirm: string; words: ReactNode } }> = {
  paused: {
    label: 'Pause SCIM',
    words:
      'Every request is answered 503 with the time to come back. Nothing is lost: your directory repeats what was refused. Entra ID puts the application into quarantine when this lasts for many cycles.',
    on: 'SCIM is paused',
    off: 'SCIM goes on',
    ask: {
      title: 'Pause SCIM?',
      confirm: 'Pause',
      words:
        'Nobody is added, changed or disabled until you resume. That holds for leavers, too: disable them here by hand if it can’t wait.',
    },
  },
  adoptByEmail: {
    label: 'Link people by their e-mail address',
    words:
      'When your directory adds somebody whose address one person here has, they are linked at once instead of becoming a conflict. Never people who hold a role. The risk: whoever can set an address in the directory takes that person over, with their keys and groups.',
    on: 'People are linked by their address',
    off: 'People are linked by hand only',
    ask: {
      title: 'Link people by their e-mail address?',
      confirm: 'Link from now on',
      words: (
        <>
          <p>
            Whoever may set e-mail addresses in your directory decides who is meant here. In Entra ID the address may be one that
            its holder chose; the user principal name is safer.
          </p>
          <p>Keys, groups and history of the person are kept, and what the directory sends is shown from then on.</p>
        </>
      ),
    },
  },
  grantRoles: {
    label: 'Let SCIM hand out roles',
    words:
      'The roles that the directory sends, and its members of groups that grant a role, make people administrators, help desk or auditors here, and end it again. Never owners. Turning it off takes away the roles that were sent. Only owners may turn it on or off.',
    on: 'SCIM may hand out roles',
    off: 'SCIM hands out no roles any more',
    ask: {
      title: 'Let SCIM hand out roles?',
      confirm: 'Let it',
      words:
        'Whoever assigns roles and groups in your directory then decides who administers Keystead. Each change is in the activity record. Owners are made here only.',
    },
  },
};

export function Switches({ scim }: { scim: ScimIntegration }) {
  const styles = useStyles();
  const base = useId();
  const toast = useToast();
  const change = useChangeScim();
  const mayWrite = useCan('settingsWrite');
  const mayGiveRoles = useCan('rolesWrite');
  const [asking, setAsking] = useState<Name | null>(null);
  const [busy, setBusy] = useState<Name | null>(null);
  const turn = async (name: Name, value: boolean) => {
    await change({ [name]: value });
    toast.success(value ? switches[name].on : switches[name].off);
  };
  const turnOff = async (name: Name) => {
    setBusy(name);
    try {
      await turn(name, false);
    } catch (error) {
      toast.failure(error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <Card title="What it may do">
      <div className={styles.list}>
        {(Object.keys(switches) as Name[]).map((name) => {
          const { label, words } = switches[name];
          return (
            <div key={name}>
              <Switch
                label={label}
                checked={scim[name]}
                aria-describedby={`${base}-${name}`}
                disabled={!mayWrite || busy === name || (name === 'grantRoles' && !mayGiveRoles)}
                onChange={(_, { checked }) => {
                  if (checked) setAsking(name);
                  else void turnOff(name);
                }}
              />
              <p id={`${base}-${name}`} className={styles.words}>
                {words}
              </p>
            </div>
          );
        })}
      </div>
      <ConfirmDialog
        open={asking !== null}
        title={asking ? switches[asking].ask.title : ''}
        confirmLabel={asking ? switches[asking].ask.confirm : ''}
        onConfirm={async () => {
          if (asking) await turn(asking, true);
        }}
        onClose={() => setAsking(null)}
      >
        <div className={styles.paragraphs}>{asking ? switches[asking].ask.words : null}</div>
      </ConfirmDialog>
    </Card>
  );
}
