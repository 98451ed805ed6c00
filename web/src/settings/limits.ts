// What the numbers among the settings may be, as the server checks them too.
export type NumberSetting = 'linkLifetimeHours' | 'sessionIdleMinutes' | 'sessionAbsoluteHours';

export const limits: Record<NumberSetting, { least: number; most: number; unit: string }> = {
  linkLifetimeHours: { least: 1, most: 336, unit: 'hours' },
  sessionIdleMinutes: { least: 5, most: 1440, unit: 'minutes' },
  sessionAbsoluteHours: { least: 1, most: 720, unit: 'hours' },
};

/** What is wrong with a number, or undefined. */
export function numberMessage(name: NumberSetting, value: number): string | undefined {
  const { least, most, unit } = limits[name];
  if (Number.isInteger(value) && value >= least && value <= most) return undefined;
  return `Write a whole number of ${unit} from ${least} to ${most}.`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A list of AAGUIDs as typed, one per line or separated by commas: what was understood, and the first that was not. */
export function parseAaguids(text: string): { aaguids: string[]; wrong: string | undefined } {
  const entries = text
    .split(/[\s,;]+/)
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
  return { aaguids: [...new Set(entries)], wrong: entries.find((entry) => !uuid.test(entry)) };
}

/** What the numbers among the rules of cards may be. */
export const cardLimits = {
  minimumLength: { least: 4, most: 63, unit: 'characters' },
  history: { least: 0, most: 10, unit: 'PINs' },
} as const;

/** What is wrong with one of them, or undefined. */
export function cardNumberMessage(name: keyof typeof cardLimits, value: number): string | undefined {
  const { least, most, unit } = cardLimits[name];
  if (Number.isInteger(value) && value >= least && value <= most) return undefined;
  return `Write a whole number of ${unit} from ${least} to ${most}.`;
}
