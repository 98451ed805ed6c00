import { Tooltip } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import { absoluteWords, dayWords, relativeWords } from './time';

interface Props {
  at: string | null;
  /** What to say when there is no time. */
  never?: string;
  /** "day" writes the date, "full" date and time, "relative" (the usual) how long ago. */
  format?: 'relative' | 'day' | 'full';
}

/** A time in words, with the exact one on hover and for machines. */
export function Time({ at, never = 'Never', format = 'relative' }: Props) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (format !== 'relative' || !at) return;
    const timer = setInterval(() => tick((count) => count + 1), 30_000);
    return () => clearInterval(timer);
  }, [format, at]);
  if (!at) return <span>{never}</span>;
  const exact = absoluteWords(at);
  if (format === 'full') return <time dateTime={at}>{exact}</time>;
  return (
    <Tooltip content={exact} relationship="description">
      <time dateTime={at}>{format === 'day' ? dayWords(at) : relativeWords(at)}</time>
    </Tooltip>
  );
}
