// Makes a secret for a directory (a token, or a client of OAuth), the first one or the next, and shows
// it once.
import {
  Button,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Radio,
  RadioGroup,
  Select,
  Textarea,
} from '@fluentui/react-components';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { api, fieldMessage, type ScimIntegration, type ScimToken } from '../../api';
import { CopyField } from '../../shared/CopyField';
import { FormDialog } from '../../shared/FormDialog';
import { ProblemBar } from '../../shared/ProblemBar';
import { dayWords } from '../../shared/time';
import { useRefreshScim } from './queries';
import { lifetimes, nextName, parseNetworks } from './secrets';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '16px' },
  words: { margin: 0 },
});

type Kind = ScimToken['kind'];

export interface NewSecret {
  kind: Kind;
  /** The one that switches SCIM on. */
  first?: boolean;
  /** The secret whose place it takes. */
  instead?: ScimToken;
}

interface Props {
  /** null: closed. */
  wanted: NewSecret | null;
  scim: ScimIntegration;
  /** The names of the secrets there are. */
  taken: readonly string[];
  onClose: () => void;
}

interface Made {
  token: ScimToken;
  secret: string;
}

export function NewTokenDialog({ wanted, scim, taken, onClose }: Props) {
  // While the secret is shown a click beside the dialog must not lose it.
  const [secretShown, setSecretShown] = useState(false);
  const close = () => {
    setSecretShown(false);
    onClose();
  };
  return (
    <FormDialog open={wanted !== null} closeOnBackdrop={!secretShown} onClose={close}>
      {wanted ? (
        <Content wanted={wanted} scim={scim} taken={taken} onSecret={() => setSecretShown(true)} onClose={close} />
      ) : null}
    </FormDialog>
  );
}

type ContentProps = Omit<Props, 'wanted'> & { wanted: NewSecret; onSecret: () => void };

function Content({ wanted, scim, taken, onSecret, onClose }: ContentProps) {
  const [made, setMade] = useState<Made | null>(null);
  if (made) return <Secret made={made} instead={wanted.instead} scim={scim} onClose={onClose} />;
  return (
    <Form
      wanted={wanted}
      taken={taken}
      onMade={(fresh) => {
        setMade(fresh);
        onSecret();
      }}
      onClose={onClose}
    />
  );
}

const kindNames: Record<Kind, string> = { token: 'Secret token', client: 'OAuth 2.0 client' };

interface FormProps {
  wanted: NewSecret;
  taken: readonly string[];
  onMade: (made: Made) => void;
  onClose: () => void;
}

function Form({ wanted: { kind: wantedKind, first, instead }, taken, onMade, onClose }: FormProps) {
  const styles = useStyles();
  const refresh = useRefreshScim();
  const [name, setName] = useState(() => (instead ? nextName(instead.name, taken) : first ? 'Microsoft Entra ID' : ''));
  const [kind, setKind] = useState<Kind>(wantedKind);
  const [days, setDays] = useState(365);
  const [typed, setTyped] = useState(() => instead?.networks.join('\n') ?? '');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const { networks, wrong } = parseNetworks(typed);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setTried(true);
    if (name.trim() === '' || wrong !== undefined) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const clientId = instead?.clientId ?? undefined;
      const body = { name: name.trim(), kind, expiresInDays: days, networks, ...(clientId && { clientId }) };
      const made = await api.post('/integrations/scim/tokens', { body });
      onMade(made);
      await refresh();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  const nameMessage =
    tried && name.trim() === '' ? 'Write which directory it is for, such as “Entra ID”.' : fieldMessage(error, 'name');
  const networksMessage =
    tried && wrong !== undefined
      ? `“${wrong}” is neither an address nor a network. Write it like 203.0.113.7 or 2001:db8::/32.`
      : fieldMessage(error, 'networks');
  const title = instead
    ? `Replace “${instead.name}”`
    : first
      ? 'Switch SCIM on'
      : kind === 'client'
        ? 'New client'
        : 'New secret token';
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <DialogBody>
        <DialogTitle>{title}</DialogTitle>
        <DialogContent className={styles.content}>
          <p className={styles.words}>
            {instead
              ? `Makes the one that follows. “${instead.name}” goes on working until you revoke it, so that nothing stops in between.`
              : 'The secret that your directory calls with. It opens SCIM and nothing else.'}
          </p>
          <ProblemBar error={error} fields={['name', 'networks']} />
          <Field
            label="Name"
            required
            hint="Which directory it is for. It stands in the request log and in the activity record."
            validationMessage={nameMessage}
            validationState={nameMessage ? 'error' : 'none'}
          >
            <Input value={name} maxLength={100} autoComplete="off" onChange={(_, data) => setName(data.value)} />
          </Field>
          {instead || first ? null : (
            <Field label="Kind">
              <RadioGroup value={kind} onChange={(_, { value }) => setKind(value as Kind)}>
                <Radio value="token" label={`${kindNames.token}: for Entra ID, Okta and most others`} />
                <Radio value="client" label={`${kindNames.client}: asks for short-lived tokens itself`} />
              </RadioGroup>
            </Field>
          )}
          <Field label="Works for">
            <Select value={String(days)} onChange={(_, data) => setDays(Number(data.value))}>
              {lifetimes.map(([count, label]) => (
                <option key={count} value={count}>
                  {label}
                </option>
              ))}
            </Select>
          </Field>
          <Field
            label="Allowed networks"
            hint="Addresses or networks, one per line. Empty allows any: Entra ID calls from many addresses that change."
            validationMessage={networksMessage}
            validationState={networksMessage ? 'error' : 'none'}
          >
            <Textarea value={typed} rows={2} spellCheck={false} resize="vertical" onChange={(_, { value }) => setTyped(value)} />
          </Field>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button type="submit" appearance="primary" disabledFocusable={busy}>
            {busy ? 'Making…' : first ? 'Switch on' : instead ? 'Make the next one' : kind === 'client' ? 'Make client' : 'Make token'}
          </Button>
        </DialogActions>
      </DialogBody>
    </form>
  );
}

function Secret(props: { made: Made; instead: ScimToken | undefined; scim: ScimIntegration; onClose: () => void }) {
  const { made, instead, scim, onClose } = props;
  const styles = useStyles();
  const content = useRef<HTMLDivElement>(null);
  // The button that had the focus is gone; what takes its place is read out.
  useEffect(() => content.current?.querySelector('input')?.focus(), []);
  const client = made.token.kind === 'client';
  return (
    <DialogBody>
      <DialogTitle>{instead ? 'The next secret' : client ? 'Your new client' : 'Your new secret token'}</DialogTitle>
      <DialogContent className={styles.content} ref={content}>
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            Copy the secret into your directory now. <strong>It is never shown again</strong>, and nobody can look it up; if it is
            lost, make another.
          </MessageBarBody>
        </MessageBar>
        <CopyField label="Tenant URL" value={scim.tenantUrl} />
        {client ? (
          <>
            <CopyField label="Token Endpoint" value={scim.tokenUrl} />
            <CopyField label="Client Identifier" value={made.token.clientId ?? ''} />
            <CopyField label="Client Secret" value={made.secret} />
          </>
        ) : (
          <CopyField label="Secret Token" value={made.secret} />
        )}
        <p className={styles.words}>
          It works until {dayWords(made.token.expiresAt)}.{' '}
          {instead
            ? `When your directory calls with it (see “last used”), revoke “${instead.name}”.`
            : 'You can make the next one at any time before that day.'}
        </p>
      </DialogContent>
      <DialogActions>
        <Button appearance="primary" onClick={onClose}>
          I have copied it
        </Button>
      </DialogActions>
    </DialogBody>
  );
}
