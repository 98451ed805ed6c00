// Alerts are plain text; those about an import end with where to look at it. Pure.

const place = / ?(Report|Plan): \/imports\/([0-9a-f-]{36})$/;

/** The words of an alert, and the import that they lead to. */
export function alertLink(detail: string): { words: string; link: { label: string; importId: string } | null } {
  const found = place.exec(detail);
  if (!found?.[1] || !found[2]) return { words: detail, link: null };
  const label = found[1] === 'Plan' ? 'Look at the plan' : 'Open the report';
  return { words: detail.slice(0, found.index), link: { label, importId: found[2] } };
}
