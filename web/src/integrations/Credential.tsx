// The certificate that Keystead proves itself with: what has to be uploaded in Microsoft's portal. Its
// private key never leaves Keystead.
import { Button, Field, makeStyles, Textarea } from '@fluentui/react-components';
import { ArrowDownload20Regular, CertificateRegular, Copy20Regular } from '@fluentui/react-icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { api, type EntraCertificate } from '../api';
import { Card } from '../shared/Card';
import { CopyField } from '../shared/CopyField';
import { useToast } from '../shared/toast';
import { entraQuery } from './entraQuery';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '640px' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  pem: { '& textarea': { fontFamily: 'ui-monospace, monospace', fontSize: '12px' } },
});

interface Props {
  certificate: EntraCertificate;
  /** It waits for its first token; until then Keystead goes on with what it used before. */
  waiting: boolean;
  mayWrite: boolean;
}

export function Credential({ certificate: credential, waiting, mayWrite }: Props) {
  const styles = useStyles();
  const toast = useToast();
  const text = useRef<HTMLTextAreaElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(credential.certificatePem);
      toast.success('Certificate copied');
    } catch {
      // The clipboard is closed on plain http and where the browser says no.
      text.current?.select();
      toast.info('Certificate selected', 'Press Ctrl and C to copy.');
    }
  };
  const download = () => {
    const url = URL.createObjectURL(new Blob([credential.certificatePem], { type: 'application/x-pem-file' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'keystead-entra.pem';
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Card
      title={waiting ? 'New certificate' : 'Certificate'}
      description={`Upload it to the app registration under Certificates & secrets${
        waiting ? ', then press Check now: from its first token on it takes the place of the one before' : ''
      }. It holds no secret: the private key stays in Keystead.`}
      actions={mayWrite && !waiting ? <NewCertificate /> : null}
    >
      <div className={styles.root}>
        <Field label="Certificate (PEM)">
          <Textarea ref={text} className={styles.pem} readOnly rows={6} value={credential.certificatePem} spellCheck={false} />
        </Field>
        <div className={styles.buttons}>
          <Button icon={<ArrowDownload20Regular />} onClick={download}>
            Download certificate
          </Button>
          <Button icon={<Copy20Regular />} onClick={() => void copy()}>
            Copy certificate
          </Button>
        </div>
        <CopyField
          label="Thumbprint"
          value={credential.thumbprint}
          hint="Compare it with the one that Microsoft’s portal shows after the upload."
        />
      </div>
    </Card>
  );
}

/** Makes a certificate; one in use works until the new one has been. */
function NewCertificate() {
  const queries = useQueryClient();
  const toast = useToast();
  const make = useMutation({
    mutationFn: () => api.post('/integrations/entra/certificate'),
    onSuccess: (fresh) => {
      queries.setQueryData(entraQuery.queryKey, fresh);
      toast.success('Certificate made', 'Upload it to the app registration, then check the connection.');
    },
    onError: (error) => toast.failure(error),
  });
  return (
    <Button icon={<CertificateRegular />} disabledFocusable={make.isPending} onClick={() => make.mutate()}>
      {make.isPending ? 'Making…' : 'Make a new one'}
    </Button>
  );
}
