// Fluent's focus manager (tabster) puts empty sentinels, <i tabindex="0" data-tabster-dummy>, around
// dialogs, menus and tab lists; whoever tabs onto one is led on at once. It also marks them
// aria-hidden and role="none", which contradicts their being focusable (WCAG 4.1.2; axe
// "aria-hidden-focus"). There is no setting for that, so the marks are taken off as they appear.

const selector = 'i[data-tabster-dummy]';

function unmark(node: Node): void {
  if (!(node instanceof Element)) return;
  for (const sentinel of node.matches(selector) ? [node] : node.querySelectorAll(selector)) {
    sentinel.removeAttribute('aria-hidden');
    sentinel.removeAttribute('role');
  }
}

/** Watches the document for as long as the page lives. */
export function watchFocusSentinels(): void {
  unmark(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(unmark);
  }).observe(document.body, { childList: true, subtree: true });
}
