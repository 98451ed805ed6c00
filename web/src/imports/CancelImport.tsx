// Stops an import, or throws its draft away; what was applied by then is said before and after.
import { Button } from '@fluentui/react-components';
import { Delete20Regular, DismissCircle20Regular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type Import } from '../api';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { useToast } from '../shared/toast';
import { importsKey, keepImport } from './queries';
import { changed, people } from './words';

export function CancelImport({ run }: { run: Import }) {
  const queries = useQueryClient();
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const applying = run.state === 'applying';
  const cancel = async () => {
    const after = await api.post('/imports/{id}/cancel', { path: { id: run.id } });
    keepImport(queries, after);
    if (after.state === 'cancelled') {
      toast.info('Import cancelled', after.outcome ? `It had changed ${people(changed(after.outcome))}.` : 'Nothing was changed.');
    }
  };
  return (
    <>
      <Button icon={<DismissCircle20Regular />} onClick={() => setAsking(true)}>
        Cancel import
      </Button>
      <ConfirmDialog
        open={asking}
        danger
        title="Cancel this import?"
        confirmLabel="Cancel import"
        cancelLabel={applying ? 'Let it go on' : 'Keep it'}
        onConfirm={cancel}
        onClose={() => setAsking(false)}
      >
        {applying ? (
          <>
            It stops after the people it is at now. Up to this moment {people(run.progress?.done ?? 0)} of{' '}
            {(run.progress?.total ?? run.plan?.rows ?? 0).toLocaleString('en')} were gone through; what was applied to them
            stays, and can be undone afterwards.
          </>
        ) : (
          'Nothing has been changed yet, and nothing will be.'
        )}
      </ConfirmDialog>
    </>
  );
}

export function DeleteDraft({ run }: { run: Import }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const remove = async () => {
    await api.del('/imports/{id}', { path: { id: run.id } });
    toast.success('Draft deleted');
    await navigate({ to: '/imports' });
    queries.removeQueries({ queryKey: [...importsKey, run.id] });
    await queries.invalidateQueries({ queryKey: [...importsKey, 'list'] });
  };
  return (
    <>
      <Button icon={<Delete20Regular />} onClick={() => setAsking(true)}>
        Delete draft
      </Button>
      <ConfirmDialog
        open={asking}
        danger
        title="Delete this draft?"
        confirmLabel="Delete draft"
        onConfirm={remove}
        onClose={() => setAsking(false)}
      >
        The file and what you have chosen are deleted. Nobody is changed by that.
      </ConfirmDialog>
    </>
  );
}
