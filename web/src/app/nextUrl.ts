// Where to go after signing in. The target comes from the URL, so anybody may have written it:
// only a path of this panel is taken, never another site.

const never = ['/sign-in', '/setup', '/register'];

/** `next` as a path of this origin, or undefined. */
export function safeNext(next: unknown): string | undefined {
  if (typeof next !== 'string' || !next.startsWith('/') || next.length > 2000) return undefined;
  // Browsers read "\" as "/" and drop tabs and line feeds: let them do it before looking at the origin.
  const base = 'https://panel.invalid';
  let url: URL;
  try {
    url = new URL(next, base);
  } catch {
    return undefined;
  }
  if (url.origin !== base || url.pathname.startsWith('//')) return undefined;
  if (never.some((path) => url.pathname === path) || url.pathname.startsWith('/api/')) return undefined;
  return url.pathname + url.search + url.hash;
}

/** The `next` to hand to the sign-in page for coming back to `href`; the start page needs none. */
export function signInTarget(href: string): string | undefined {
  const next = safeNext(href);
  return next === '/' ? undefined : next;
}
