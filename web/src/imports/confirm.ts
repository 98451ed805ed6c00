// What confirming an import will do, in sentences. Pure.
import type { Import } from '../api';
import { absoluteWords } from '../shared/time';
import { people, planned } from './words';

const list = new Intl.ListFormat('en-GB');

/** "12 people will be added, 30 people changed and 1 person disabled." */
export function confirmSentence(plan: NonNullable<Import['plan']>): string {
  const parts = [
    plan.create > 0 ? `${people(plan.create)} will be added` : '',
    plan.update > 0 ? `${people(plan.update)} will be changed` : '',
    plan.deactivate > 0 ? `${people(plan.deactivate)} will be disabled` : '',
  ].filter(Boolean);
  if (parts.length === 0) return 'Nobody will be added, changed or disabled.';
  return `${list.format(parts)}.`;
}

/** Who is left out, or null. */
export function leftOutSentence(plan: NonNullable<Import['plan']>): string | null {
  const parts = [
    plan.unchanged > 0 ? `${people(plan.unchanged)} need${plan.unchanged === 1 ? 's' : ''} no change` : '',
    plan.skipped > 0 ? `${people(plan.skipped)} ${plan.skipped === 1 ? 'is' : 'are'} left out` : '',
    plan.conflict > 0 ? `${people(plan.conflict)} ${plan.conflict === 1 ? 'is' : 'are'} in conflict` : '',
    plan.rejected > 0 ? `${plan.rejected.toLocaleString('en')} row${plan.rejected === 1 ? ' is' : 's are'} rejected` : '',
  ].filter(Boolean);
  return parts.length > 0 ? `${list.format(parts)}; nothing happens to them.` : null;
}

/** What happens to keys and mails. `mailConfigured` false: no mail can leave. */
export function keySentence(assign: Import['options']['assignKey']): string {
  if (!assign) return 'No security keys are assigned, and nobody gets a mail.';
  const what =
    assign.kind === 'smartphone'
      ? 'their smartphone'
      : assign.kind === 'contactlessCard'
        ? 'a contactless card'
        : 'a FIDO2 hardware key';
  const key = `Everybody among them who has no security key gets ${what} assigned`;
  if (assign.mail === undefined || assign.mail === 'no') return `${key}. No mail is sent; you send the registration links when you are ready.`;
  if (assign.mail === 'now') return `${key} and a mail with the registration link right away.`;
  return `${key} and a mail with the registration link on ${absoluteWords(assign.mail)}.`;
}

/** The words of the button that starts the import. */
export function confirmLabel(plan: NonNullable<Import['plan']>): string {
  const count = planned(plan);
  return count === 0 ? 'Import' : `Import ${people(count)}`;
}
