// Where the focus goes when a dialog closes: back to the control that led to it. Fluent does this
// for dialogs with a trigger of their own; those opened from a menu or by code have none, and the
// focus would be lost at the top of the page.
import { useEffect } from 'react';

let place: HTMLElement | null = null;

document.addEventListener('focusin', ({ target }) => {
  // A menu item is gone once it was chosen; the button that opened the menu stays.
  if (target instanceof HTMLElement && !target.closest('[role=menu], [role=dialog], [data-tabster-dummy]')) place = target;
});

function isLost(): boolean {
  const { activeElement } = document;
  return activeElement === null || activeElement === document.body || activeElement.closest('[role=dialog]') !== null;
}

/** Gives the focus back when `open` turns false, or to the page's heading if the control is gone. */
export function useReturnFocus(open: boolean): void {
  useEffect(() => {
    if (!open) return;
    const from = place;
    return () => {
      const back = () => {
        if (!isLost() || document.querySelector('[role=dialog][aria-modal=true]')) return;
        const target = from?.isConnected ? from : document.querySelector<HTMLElement>('h1');
        target?.focus();
      };
      // Once at once, and once when the dialog has faded out and the lists behind it are fresh.
      requestAnimationFrame(back);
      setTimeout(back, 600);
    };
  }, [open]);
}
