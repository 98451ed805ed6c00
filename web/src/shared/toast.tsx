// Short notices in the corner, read out by screen readers: const toast = useToast(); toast.success('Saved').
import { Toast, ToastBody, ToastTitle, useToastController, type ToastIntent } from '@fluentui/react-components';
import { useMemo } from 'react';
import { asProblem } from '../api';

export const toasterId = 'keystead-toasts';

export interface ToastApi {
  success: (title: string, body?: string) => void;
  info: (title: string, body?: string) => void;
  /** Shows a problem; forms show theirs in place instead. */
  failure: (error: unknown) => void;
}

export function useToast(): ToastApi {
  const { dispatchToast } = useToastController(toasterId);
  return useMemo(() => {
    const show = (intent: ToastIntent, title: string, body?: string) =>
      dispatchToast(
        <Toast>
          <ToastTitle>{title}</ToastTitle>
          {body ? <ToastBody>{body}</ToastBody> : null}
        </Toast>,
        { intent, timeout: intent === 'error' ? 10_000 : 5_000, pauseOnHover: true, pauseOnWindowBlur: true },
      );
    return {
      success: (title, body) => show('success', title, body),
      info: (title, body) => show('info', title, body),
      failure: (error) => {
        const problem = asProblem(error);
        show('error', problem.title, problem.detail);
      },
    };
  }, [dispatchToast]);
}
