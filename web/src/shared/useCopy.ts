// Copies a text, and says so for a moment. Where the clipboard is closed (plain http, or the browser
// says no) the text is selected instead, for Ctrl+C.
import { useEffect, useState } from 'react';

export type CopyOutcome = 'copied' | 'selected' | null;

/** `select` marks the text on the page. */
export function useCopy(text: string, select: () => void): { outcome: CopyOutcome; said: string; copy: () => void } {
  const [outcome, setOutcome] = useState<CopyOutcome>(null);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), 4_000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      select();
      setOutcome('selected');
    }
  };
  const said = outcome === 'copied' ? 'Copied' : outcome === 'selected' ? 'Selected. Press Ctrl and C to copy.' : '';
  return { outcome, said, copy: () => void copy() };
}
