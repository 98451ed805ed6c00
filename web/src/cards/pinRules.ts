// What a card's PIN has to be like, rule by rule, as the server checks it too: shown while one is typed.
import type { CardPolicy } from '../api';

/** The most bytes of UTF-8 that a FIDO2 key takes as a PIN (CTAP 2.1, section 6.5.1). */
const longest = 63;

export interface Rule {
  name: string;
  kept: boolean;
}

/** The rules that hold, each with whether this PIN keeps it. */
export function pinRules(pin: string, policy: CardPolicy): Rule[] {
  // Platforms send PINs in this form, so that is what counts.
  const text = pin.normalize('NFC');
  const points = [...text];
  const some = (kind: RegExp) => points.some((point) => kind.test(point));
  const least = Math.min(Math.max(policy.minimumLength, 4), longest);
  const rules: Rule[] = [{ name: `At least ${least} characters`, kept: points.length >= least }];
  if (new TextEncoder().encode(text).length > longest) rules.push({ name: 'Not longer than 63 characters', kept: false });
  if (policy.digit) rules.push({ name: 'A digit', kept: some(/\p{N}/u) });
  if (policy.lower) rules.push({ name: 'A lower case letter', kept: some(/\p{Lowercase}/u) });
  if (policy.upper) rules.push({ name: 'An upper case letter', kept: some(/\p{Uppercase}/u) });
  if (policy.special) {
    rules.push({ name: 'A character that is neither letter nor digit', kept: some(/[^\p{Alphabetic}\p{N}]/u) });
  }
  if (policy.noSequences) {
    rules.push({ name: 'No three in order, such as 123 or cba', kept: text !== '' && !hasRun(points, 1) && !hasRun(points, -1) });
  }
  if (policy.noRepeats) {
    rules.push({ name: 'No character three times in a row', kept: text !== '' && !hasRun(points, 0) });
  }
  return rules;
}

/** Whether three neighbours each differ from the one before by `step`; only letters and digits have an order. */
function hasRun(points: readonly string[], step: number): boolean {
  const ordered = (point: string) => /[\p{Alphabetic}\p{N}]/u.test(point);
  const follows = (a: string, b: string) =>
    (b.codePointAt(0) ?? 0) - (a.codePointAt(0) ?? 0) === step && (step === 0 || (ordered(a) && ordered(b)));
  return points.some((point, at) => {
    const [second, third] = [points[at + 1], points[at + 2]];
    return second !== undefined && third !== undefined && follows(point, second) && follows(second, third);
  });
}

/** A PIN as it is typed twice. */
export interface TypedPin {
  pin: string;
  repeated: string;
}

/** What to say at which of the two fields. */
export interface PinProblem {
  pin?: string;
  repeated?: string;
}

/** What is wrong with what was typed, in words, or null when it can be taken. */
export function pinProblem({ pin, repeated }: TypedPin, policy: CardPolicy): PinProblem | null {
  const broken = pinRules(pin, policy).filter(({ kept }) => !kept);
  if (broken.length > 0) return { pin: 'Choose a PIN that keeps every rule below.' };
  if (pin.normalize('NFC') !== repeated.normalize('NFC')) return { repeated: 'This is another PIN. Type the same one twice.' };
  return null;
}
