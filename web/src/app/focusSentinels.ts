// Fluent's focus manager (tabster) puts empty sentinels, <i tabindex="0" data-tabster-dummy>, around
// dialogs and menus; whoever tabs onto one is led on at once. It marks them aria-hidden, which
// contradicts their being focusable (WCAG 4.1.2; axe "aria-hidden-focus"). There is no setting for
// that, so they are mended as they appear: those inside a menu stay hidden and leave the Tab order
// (menus are entered by script and left by Tab), all others lose the marks.

const selector = 'i[data-tabster-dummy]';
const composites = ['menu', 'listbox', 'tablist', 'toolbar'];

function mend(sentinel: Element): void {
  if (composites.includes(sentinel.parentElement?.getAttribute('role') ?? '')) {
    sentinel.setAttribute('tabindex', '-1');
    return;
  }
  sentinel.removeAttribute('aria-hidden');
  sentinel.removeAttribute('role');
}

function mendWithin(node: Node): void {
  if (!(node instanceof Element)) return;
  if (node.matches(selector)) mend(node);
  else node.querySelectorAll(selector).forEach(mend);
}

/** Watches the document for as long as the page lives. */
export function watchFocusSentinels(): void {
  mendWithin(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(mendWithin);
  }).observe(document.body, { childList: true, subtree: true });
}
