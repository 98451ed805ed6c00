// Saves what was chosen for an import. A plan that was made for other choices is dropped by the server.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Import, type ImportChange } from '../../api';
import { keepImport } from '../queries';

export function useSaveOptions(run: Import | undefined) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: ImportChange) => {
      if (!run) throw new Error('There is no import to change.');
      return api.patch('/imports/{id}', { path: { id: run.id }, body: change });
    },
    onSuccess: (after) => keepImport(queries, after),
  });
}
