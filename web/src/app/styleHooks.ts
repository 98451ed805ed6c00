// What Keystead changes in every Fluent component, at the one place where Fluent lets it.
import { makeStyles, mergeClasses, type FluentProviderProps } from '@fluentui/react-components';

// Fluent's dialogs crowd their buttons against the content; this gives every one the same air.
const useDialogStyles = makeStyles({ body: { rowGap: '20px' } });

export const styleHooks: FluentProviderProps['customStyleHooks_unstable'] = {
  useDialogBodyStyles_unstable: (state) => {
    const styles = useDialogStyles();
    const { root } = state as { root: { className?: string } };
    root.className = mergeClasses(root.className, styles.body);
  },
};
