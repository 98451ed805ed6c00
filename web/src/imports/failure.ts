import type { Import } from '../api';

/** Why an import stopped, with the line of the file where there is one. */
export function failureWords({ message, line }: NonNullable<Import['failure']>): string {
  return line === null || message.toLowerCase().includes(`line ${line}`) ? message : `Line ${line.toLocaleString('en')}: ${message}`;
}
