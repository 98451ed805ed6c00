// The browser's side of a WebAuthn ceremony: options from the server in, the credential as JSON out,
// and what can go wrong in words. Uses the browser's own JSON codecs where it has them.
import { Problem, type CredentialJSON } from '../api';

/** The `publicKey` member of the server's options: its shape is WebAuthn's, not our document's. */
type OptionsJSON = Record<string, unknown>;

export function fromBase64Url(text: string): ArrayBuffer {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes.buffer;
}

export function toBase64Url(buffer: ArrayBuffer): string {
  let binary = '';
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** Which kind of authenticator the browser offers first (WebAuthn Level 3, 5.8.7); it decides nothing. */
export type Hint = 'security-key' | 'client-device' | 'hybrid';
/** What the person has at hand: decides the words. */
type Thing = 'key' | 'phone';

type DescriptorJSON = { id: string; type: string; transports?: string[] };
const descriptors = (list: DescriptorJSON[] | undefined) =>
  list?.map((entry) => ({ ...entry, id: fromBase64Url(entry.id) }) as PublicKeyCredentialDescriptor);

/** For browsers without PublicKeyCredential.parseCreationOptionsFromJSON. Extensions with binary values are not used. */
export function parseCreationOptions(json: PublicKeyCredentialCreationOptionsJSON): PublicKeyCredentialCreationOptions {
  return {
    ...(json as object),
    challenge: fromBase64Url(json.challenge),
    user: { ...json.user, id: fromBase64Url(json.user.id) },
    excludeCredentials: descriptors(json.excludeCredentials as DescriptorJSON[] | undefined),
  } as PublicKeyCredentialCreationOptions;
}

/** For browsers without PublicKeyCredential.parseRequestOptionsFromJSON. */
export function parseRequestOptions(json: PublicKeyCredentialRequestOptionsJSON): PublicKeyCredentialRequestOptions {
  return {
    ...(json as object),
    challenge: fromBase64Url(json.challenge),
    allowCredentials: descriptors(json.allowCredentials as DescriptorJSON[] | undefined),
  } as PublicKeyCredentialRequestOptions;
}

/** For browsers without PublicKeyCredential.prototype.toJSON. */
export function credentialToJSON(credential: PublicKeyCredential): CredentialJSON {
  const common = {
    id: credential.id,
    rawId: toBase64Url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
  const { response } = credential;
  const clientDataJSON = toBase64Url(response.clientDataJSON);
  if ('attestationObject' in response) {
    const attestation = response as AuthenticatorAttestationResponse;
    return {
      ...common,
      response: {
        clientDataJSON,
        attestationObject: toBase64Url(attestation.attestationObject),
        transports: attestation.getTransports?.() ?? [],
      },
    };
  }
  const assertion = response as AuthenticatorAssertionResponse;
  return {
    ...common,
    response: {
      clientDataJSON,
      authenticatorData: toBase64Url(assertion.authenticatorData),
      signature: toBase64Url(assertion.signature),
      userHandle: assertion.userHandle ? toBase64Url(assertion.userHandle) : undefined,
    },
  };
}

function toJSON(credential: Credential | null): CredentialJSON {
  if (!credential) throw refusal(new DOMException('No credential', 'NotAllowedError'), 'use');
  const key = credential as PublicKeyCredential;
  return typeof key.toJSON === 'function' ? (key.toJSON() as unknown as CredentialJSON) : credentialToJSON(key);
}

export function webAuthnAvailable(): boolean {
  return typeof window.PublicKeyCredential === 'function' && window.isSecureContext;
}

/** Whether the browser can offer keys inside the user name field. */
export async function conditionalAvailable(): Promise<boolean> {
  if (!webAuthnAvailable()) return false;
  try {
    return (await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false;
  } catch {
    return false;
  }
}

/** Makes a new credential on the person's key, or on the phone that shows the page. */
export async function createCredential(options: OptionsJSON, on: Thing = 'key'): Promise<CredentialJSON> {
  requireWebAuthn();
  const json = options as unknown as PublicKeyCredentialCreationOptionsJSON;
  const publicKey =
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function'
      ? PublicKeyCredential.parseCreationOptionsFromJSON(json)
      : parseCreationOptions(json);
  try {
    return toJSON(await navigator.credentials.create({ publicKey }));
  } catch (error) {
    throw error instanceof Problem ? error : refusal(error, 'create', on);
  }
}

/** Asks the key to prove itself. With `conditional` the browser waits until a key is chosen in the field. */
export async function getCredential(
  question: OptionsJSON,
  options: { signal?: AbortSignal; conditional?: boolean; hints?: Hint[] } = {},
): Promise<CredentialJSON> {
  requireWebAuthn();
  const json = { ...question, ...(options.hints && { hints: options.hints }) } as unknown as PublicKeyCredentialRequestOptionsJSON;
  const publicKey =
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function'
      ? PublicKeyCredential.parseRequestOptionsFromJSON(json)
      : parseRequestOptions(json);
  try {
    return toJSON(
      await navigator.credentials.get({
        publicKey,
        signal: options.signal,
        ...(options.conditional ? { mediation: 'conditional' as const } : {}),
      }),
    );
  } catch (error) {
    throw error instanceof Problem ? error : refusal(error, 'use', options.hints?.some((hint) => hint !== 'security-key') ? 'phone' : 'key');
  }
}

/** Why keys can't be used in this browser, in words; null when they can. */
export function webAuthnObstacle(): Problem | null {
  if (webAuthnAvailable()) return null;
  return new Problem(
    {
      code: 'webauthn_unavailable',
      title: 'This browser can’t use security keys here.',
      detail: window.isSecureContext
        ? 'Open this page in a current version of Chrome, Edge, Firefox or Safari.'
        : 'The connection is not secure (https), so the browser keeps keys away. Ask your administrator for the https address.',
    },
    0,
  );
}

function requireWebAuthn(): void {
  const obstacle = webAuthnObstacle();
  if (obstacle) throw obstacle;
}

/** What the browser's refusal means for the person in front of it. */
export function refusal(error: unknown, act: 'create' | 'use', thing: Thing = 'key'): Problem {
  const name = error instanceof Error ? error.name : '';
  const again = act === 'create' ? 'Nothing was registered.' : 'You are not signed in.';
  const texts: Record<string, [code: string, title: string, detail: string]> = {
    AbortError: ['webauthn_aborted', 'Stopped', `${again} Start again when you are ready.`],
    NotAllowedError: [
      'webauthn_not_allowed',
      'The key was not used',
      `The request was cancelled, took too long, or no fitting key was found. ${again} Have your key ready and try again.`,
    ],
    InvalidStateError: [
      'webauthn_already_registered',
      'This key is already registered',
      'Use another security key, or sign in with this one.',
    ],
    SecurityError: [
      'webauthn_wrong_address',
      'This address is not the one your keys are for',
      'Open Keystead by the address that your administrator gave you, then try again.',
    ],
    NotSupportedError: [
      'webauthn_not_supported',
      'This key can’t be used',
      'It does not support what Keystead needs (FIDO2 with a PIN or fingerprint). Try another key.',
    ],
    ConstraintError: [
      'webauthn_no_verification',
      'This key can’t check that it is you',
      'Set a PIN or a fingerprint on the key first, or use another key.',
    ],
  };
  if (thing === 'phone') Object.assign(texts, phoneTexts(again));
  const [code, title, detail] = texts[name] ?? [
    'webauthn_failed',
    'The key could not be used',
    `${again} Take the key out, put it back in, and try again.`,
  ];
  return new Problem({ code, title, detail }, 0);
}

/** The refusals in a phone's terms. */
function phoneTexts(again: string): Record<string, [code: string, title: string, detail: string]> {
  return {
    NotAllowedError: [
      'webauthn_not_allowed',
      'The phone was not used',
      `The request was cancelled, took too long, or the phone could not answer. ${again} Try again, and unlock the phone when it asks.`,
    ],
    InvalidStateError: [
      'webauthn_already_registered',
      'This phone is registered already',
      'It has a passkey for you: sign in with it. If that does not work any more, delete the old passkey in the phone’s password settings, then try again.',
    ],
    NotSupportedError: [
      'webauthn_not_supported',
      'This phone can’t make such a passkey',
      'Bring the phone and its browser up to date and try again. If it still can’t, ask your administrator for a hardware security key.',
    ],
    ConstraintError: [
      'webauthn_no_verification',
      'Your phone needs a screen lock first',
      'Set a PIN, a fingerprint or your face in the phone’s settings, then try again.',
    ],
  };
}
