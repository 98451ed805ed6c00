// The life of a settings form: what was read, what was typed over it, saving with the version that
// was read, and starting over when somebody else was faster.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, Problem, type Settings } from '../api';
import { instanceQuery, sessionQuery } from '../app/session';
import { useToast } from '../shared/toast';

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => api.get('/settings', { signal }),
});

type Change = Partial<Omit<Settings, 'version'>>;

export interface SettingsForm {
  /** What the form shows: what was read with what was typed over it. undefined while loading. */
  values: Settings | undefined;
  loadError: unknown;
  retry: () => void;
  change: (change: Change) => void;
  changed: boolean;
  busy: boolean;
  error: unknown;
  /** Set when somebody else has saved meanwhile: drops what was typed and reads again. */
  startOver: (() => void) | undefined;
  save: () => Promise<void>;
}

export function useSettingsForm(): SettingsForm {
  const client = useQueryClient();
  const toast = useToast();
  const query = useQuery(settingsQuery);
  const [typed, setTyped] = useState<Change>({});
  // The version that the typing began from; a newer one read in the background must not be overwritten.
  const [base, setBase] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const settings = query.data;

  const reset = () => {
    setTyped({});
    setBase(null);
    setError(null);
  };
  return {
    values: settings ? { ...settings, ...typed } : undefined,
    loadError: settings ? null : query.error,
    retry: () => void query.refetch(),
    change: (change) => {
      setTyped((current) => ({ ...current, ...change }));
      setBase((current) => current ?? settings?.version ?? null);
    },
    changed: settings !== undefined && JSON.stringify({ ...settings, ...typed }) !== JSON.stringify(settings),
    busy,
    error,
    startOver:
      error instanceof Problem && error.code === 'precondition_failed'
        ? () => {
            reset();
            void query.refetch();
          }
        : undefined,
    save: async () => {
      if (busy || !settings) return;
      setBusy(true);
      setError(null);
      try {
        const saved = await api.patch('/settings', { body: typed, ifMatch: base ?? settings.version });
        client.setQueryData(settingsQuery.queryKey, saved);
        // The organisation's name stands in the bar and on the sign-in page.
        void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
        void client.invalidateQueries({ queryKey: instanceQuery.queryKey });
        reset();
        toast.success('Settings saved');
      } catch (failure) {
        setError(failure);
      } finally {
        setBusy(false);
      }
    },
  };
}
