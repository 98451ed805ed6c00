// Why a registration link does not work, and what its holder can do about it.
export interface Refusal {
  title: string;
  advice: string;
  /** Whether signing in may be what the person wants. */
  offerSignIn: boolean;
  /** Whether another code may be typed on this phone. */
  offerCode?: boolean;
}

const refusals: Record<string, Refusal> = {
  link_used: {
    title: 'This link was used already',
    advice:
      'If you have registered your key with it, sign in. If it was not you, tell your administrator at once: somebody else may hold a key in your name.',
    offerSignIn: true,
  },
  link_expired: {
    title: 'This link has expired',
    advice: 'Ask your administrator to send the link again. Your key and your account are fine.',
    offerSignIn: false,
  },
  link_cancelled: {
    title: 'This link was cancelled',
    advice:
      'Perhaps a newer one was sent: look for the latest mail from Keystead. If there is none, ask your administrator.',
    offerSignIn: false,
  },
  link_disabled: {
    title: 'Your account is disabled',
    advice: 'No key can be registered for it now. Ask your administrator if you think that is a mistake.',
    offerSignIn: false,
  },
  link_unknown: {
    title: 'This link is not known',
    advice:
      'Perhaps a part of the address is missing. Open the link from the mail itself, or copy the whole address. If it still does not work, ask your administrator for a new one.',
    offerSignIn: false,
  },
  code_unknown: {
    title: 'This code is not known',
    advice:
      'Perhaps a part of it is missing, or its time is long over. Scan or type the code that the other screen shows now.',
    offerSignIn: false,
    offerCode: true,
  },
  code_used: {
    title: 'This code was used already',
    advice:
      'A code works on one phone. If this is the right phone, have a new code shown on the other screen and scan that. If another phone was faster and you do not know it, do so at once: a new code stops it.',
    offerSignIn: false,
    offerCode: true,
  },
  code_expired: {
    title: 'This code has run out',
    advice: 'A code works for ten minutes. Have a new one shown on the other screen, then scan it with this phone.',
    offerSignIn: false,
    offerCode: true,
  },
  code_replaced: {
    title: 'A newer code was shown',
    advice: 'The other screen shows another code by now, so this one stopped working. Scan the one that is shown there.',
    offerSignIn: false,
    offerCode: true,
  },
};

/** The refusal for a problem's code, or undefined when the problem is no refusal of the link. */
export function refusalFor(code: string): Refusal | undefined {
  return Object.hasOwn(refusals, code) ? refusals[code] : undefined;
}
