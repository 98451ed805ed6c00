import { expect, test } from 'vitest';
import {
  credentialToJSON,
  fromBase64Url,
  parseCreationOptions,
  parseRequestOptions,
  refusal,
  toBase64Url,
} from './webauthn';

const bytes = (...values: number[]) => new Uint8Array(values).buffer;

test('base64url goes both ways, whatever the length', () => {
  for (let length = 0; length < 70; length++) {
    const data = new Uint8Array(Array.from({ length }, (_, index) => (index * 37 + length) % 256));
    const text = toBase64Url(data.buffer);
    expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
    expect(new Uint8Array(fromBase64Url(text))).toEqual(data);
  }
  expect(toBase64Url(bytes(251, 255, 254))).toBe('-__-');
});

test('creation options get their binary fields and keep the rest', () => {
  const options = parseCreationOptions({
    rp: { id: 'keys.example', name: 'Example' },
    user: { id: 'AQID', name: 'jane', displayName: 'Jane' },
    challenge: '_v8',
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    excludeCredentials: [{ id: 'BAU', type: 'public-key', transports: ['usb'] }],
    attestation: 'direct',
  } as PublicKeyCredentialCreationOptionsJSON);
  expect(new Uint8Array(options.challenge as ArrayBuffer)).toEqual(new Uint8Array([254, 255]));
  expect(new Uint8Array(options.user.id as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]));
  expect(options.user.displayName).toBe('Jane');
  expect(new Uint8Array(options.excludeCredentials?.[0]?.id as ArrayBuffer)).toEqual(new Uint8Array([4, 5]));
  expect(options.excludeCredentials?.[0]?.transports).toEqual(['usb']);
  expect(options.attestation).toBe('direct');
});

test('request options get their binary fields', () => {
  const options = parseRequestOptions({ challenge: 'AQ', rpId: 'keys.example', userVerification: 'required' });
  expect(new Uint8Array(options.challenge as ArrayBuffer)).toEqual(new Uint8Array([1]));
  expect(options.allowCredentials).toBeUndefined();
  expect(options.rpId).toBe('keys.example');
});

test('a new credential is written with its attestation and transports', () => {
  const credential = {
    id: 'AQID',
    rawId: bytes(1, 2, 3),
    type: 'public-key',
    authenticatorAttachment: 'cross-platform',
    getClientExtensionResults: () => ({ credProps: { rk: true } }),
    response: { clientDataJSON: bytes(9), attestationObject: bytes(8), getTransports: () => ['usb', 'nfc'] },
  } as unknown as PublicKeyCredential;
  expect(credentialToJSON(credential)).toEqual({
    id: 'AQID',
    rawId: 'AQID',
    type: 'public-key',
    authenticatorAttachment: 'cross-platform',
    clientExtensionResults: { credProps: { rk: true } },
    response: { clientDataJSON: 'CQ', attestationObject: 'CA', transports: ['usb', 'nfc'] },
  });
});

test('an assertion is written with its signature and user handle', () => {
  const credential = {
    id: 'AQID',
    rawId: bytes(1, 2, 3),
    type: 'public-key',
    authenticatorAttachment: null,
    getClientExtensionResults: () => ({}),
    response: { clientDataJSON: bytes(9), authenticatorData: bytes(7), signature: bytes(6), userHandle: bytes(5) },
  } as unknown as PublicKeyCredential;
  expect(credentialToJSON(credential).response).toEqual({
    clientDataJSON: 'CQ',
    authenticatorData: 'Bw',
    signature: 'Bg',
    userHandle: 'BQ',
  });
});

test.each([
  ['NotAllowedError', 'webauthn_not_allowed'],
  ['InvalidStateError', 'webauthn_already_registered'],
  ['SecurityError', 'webauthn_wrong_address'],
  ['OddError', 'webauthn_failed'],
])('the browser’s %s is told as %s', (name, code) => {
  const problem = refusal(new DOMException('odd', name), 'create');
  expect(problem.code).toBe(code);
  expect(problem.detail).toMatch(/\.$/);
});
