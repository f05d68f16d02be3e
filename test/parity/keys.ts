/** Every form of key by name, and how jsonwebtoken 9.0.3 has to be given it to see what it is. */

import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ec, ed448, ed25519, type KeyPair, rsa, rsaPss, secret } from '../fixtures/keys.ts';

export interface ParityKey {
  readonly input: unknown;
  /** The key that 9.0.3 has to be given instead, where it cannot read this one or reads it as a secret. */
  readonly twin?: { readonly sign?: string; readonly verify?: string };
  /** Looks like a key and cannot be read as one: 9.0.3 makes a secret of it. */
  readonly unreadable?: true;
  /** A secret of no bytes. */
  readonly empty?: true;
  /** RSA with the public exponent 1. */
  readonly weakExponent?: true;
  /** The length of an RSA modulus below 2048. */
  readonly small?: true;
}

const both = (name: string) => ({ sign: name, verify: name });

export const pairs: Readonly<Record<string, () => KeyPair>> = {
  rsa: () => rsa(),
  'rsa-1024': () => rsa(1024),
  'rsa-pss-256': () => rsaPss(256),
  'rsa-pss-384': () => rsaPss(384),
  'rsa-pss-512': () => rsaPss(512),
  'rsa-pss-open': open,
  'P-256': () => ec('P-256'),
  'P-384': () => ec('P-384'),
  'P-521': () => ec('P-521'),
  secp256k1: () => ec('secp256k1'),
  ed25519,
  ed448,
  x25519,
};

let openPair: KeyPair | undefined;
/** RSA-PSS without parameters. */
function open(): KeyPair {
  openPair ??= generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  return openPair;
}

let agreementPair: KeyPair | undefined;
function x25519(): KeyPair {
  agreementPair ??= generateKeyPairSync('x25519');
  return agreementPair;
}

/** Holds the public half of a key that was thrown away after it had signed {@link certifiedToken}. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUFSe/qyEAnDXbeWPE9XzL9kW0LvUwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGcGFyaXR5MCAXDTI2MTEyMjAyNDY0MFoYDzIxMjYxMDI5MDI0
NjQwWjARMQ8wDQYDVQQDDAZwYXJpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AATzqvWQ9p+CCFr7hDiOHM2/YpLTnlDBKEQNLE4CjD7uPWCAWXB3uj4lW3kSiG0W
7ZIeSsc1y6Lo98E/zdtuMmzBo1MwUTAdBgNVHQ4EFgQU3qweYRJFu59JO6DwwAud
q+94gHMwHwYDVR0jBBgwFoAU3qweYRJFu59JO6DwwAudq+94gHMwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBS6EYymRn/6DlhTTL3DanHxvnp/5Dn
Ep65ZRMWygrX4wIhANkvDhfmIkMfcbUyZdJAYw5nHIT8Vfnr23xHmjXIc5Sx
-----END CERTIFICATE-----
`;

/** ES256, `{"sub":"certified","iat":1600000000}`. */
export const certifiedToken =
  'eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjZXJ0aWZpZWQiLCJpYXQiOjE2MDAwMDAwMDB9.gHADrDGXs2UtJEn7c1Aqw0xLjtExa6vx2ZnvWwNqc3EkYP7giWXYYZhr4Ido3sgzqV_3OiZOb4aza3fdSouaLw';

const PASSPHRASE = 'correct horse';

export function pem(key: KeyObject, type?: 'pkcs1' | 'sec1'): string {
  const usual = key.type === 'private' ? 'pkcs8' : 'spki';
  return String(key.export({ format: 'pem', type: (type ?? usual) as 'pkcs1' }));
}

export function encryptedPem(key: KeyObject): string {
  const cipher = { cipher: 'aes-128-cbc', passphrase: PASSPHRASE };
  return String(key.export({ format: 'pem', type: 'pkcs8', ...cipher }));
}

function der(key: KeyObject): Buffer {
  const type = key.type === 'private' ? 'pkcs8' : 'spki';
  return key.export({ format: 'der', type: type as 'pkcs8' });
}

/** The forms in which one half of a pair can come; `name` is that of the KeyObject. */
function formsOf(name: string, key: KeyObject): Record<string, ParityKey> {
  const text = pem(key);
  // To sign, 9.0.3 takes the text of a public key for a secret, and an object that holds one for no key.
  const read = key.type === 'public' ? { twin: { sign: name } } : {};
  const twin = both(name);
  const jwk = key.export({ format: 'jwk' });
  const type = key.type === 'private' ? 'pkcs8' : 'spki';
  return {
    [`${name} PEM`]: { input: text, ...read },
    [`${name} PEM bytes`]: { input: Buffer.from(text), ...read },
    [`${name} PEM, CRLF`]: { input: text.replaceAll('\n', '\r\n'), ...read },
    [`${name} PEM after a comment`]: { input: `# a key\n${text}`, ...read },
    [`${name} PEM in an object`]: { input: { key: text }, ...read },
    [`${name} PEM, escaped`]: { input: text.replaceAll('\n', '\\n'), twin },
    [`${name} PEM, indented`]: { input: text.replaceAll(/^/gm, '  '), twin },
    [`${name} PEM, quoted`]: { input: `"${text.replaceAll('\n', '\\n')}"`, twin },
    [`${name} PEM, in one line`]: { input: text.replaceAll('\n', ''), twin },
    [`${name} PEM, truncated`]: { input: text.slice(0, 100), unreadable: true },
    [`${name} PEM, damaged`]: { input: text.replace('M', '*'), unreadable: true },
    [`${name} DER`]: { input: der(key), twin },
    [`${name} DER in an object`]: { input: { key: der(key), format: 'der', type }, ...read },
    [`${name} JWK`]: { input: jwk, twin },
    [`${name} JWK in an object`]: { input: { key: jwk, format: 'jwk' }, ...read },
    [`${name} JWK as text`]: { input: JSON.stringify(jwk), unreadable: true },
    [`${name} JWKS as text`]: { input: JSON.stringify({ keys: [jwk] }), unreadable: true },
  };
}

function privateForms(name: string, key: KeyObject): Record<string, ParityKey> {
  const text = encryptedPem(key);
  return {
    ...formsOf(name, key),
    [`${name} encrypted PEM`]: { input: text, unreadable: true },
    [`${name} encrypted PEM in an object`]: { input: { key: text } },
    [`${name} encrypted PEM, passphrase`]: { input: { key: text, passphrase: PASSPHRASE } },
    [`${name} encrypted PEM, wrong passphrase`]: { input: { key: text, passphrase: 'x' } },
  };
}

const halves: Record<string, ParityKey> = {};
for (const [name, make] of Object.entries(pairs)) {
  const { privateKey, publicKey } = make();
  const small = name === 'rsa-1024' ? ({ small: true } as const) : {};
  const twin = { verify: `${name} public` };
  halves[`${name} private`] = { input: privateKey, twin, ...small };
  halves[`${name} public`] = { input: publicKey, ...small };
}

const shortSecret = 'a secret of some length';

const secrets: Record<string, ParityKey> = {
  'secret KeyObject': { input: createSecretKey(secret) },
  'other secret KeyObject': { input: createSecretKey(Buffer.alloc(64, 7)) },
  'secret text': { input: shortSecret },
  'secret bytes': { input: Buffer.from(shortSecret) },
  'secret Uint8Array': { input: new Uint8Array(Buffer.from(shortSecret)) },
  'secret ArrayBuffer': { input: new Uint8Array(Buffer.from(shortSecret)).buffer },
  'no bytes': { input: Buffer.alloc(0), empty: true },
  'KeyObject of no bytes': { input: createSecretKey(Buffer.alloc(0)), empty: true },
};

const noKeys: Record<string, ParityKey> = {
  undefined: { input: undefined },
  null: { input: null },
  'empty text': { input: '' },
  '0': { input: 0 },
  NaN: { input: NaN },
  false: { input: false },
  true: { input: true },
  '123': { input: 123 },
  'empty object': { input: {} },
  'empty array': { input: [] },
  'array of a secret': { input: [shortSecret] },
  'object of a number': { input: { key: 5 } },
  Date: { input: new Date(0) },
  Map: { input: new Map() },
  'object with toString': { input: { toString: () => shortSecret } },
};

function weakExponent(): KeyObject {
  const { n } = rsa().publicKey.export({ format: 'jwk' });
  return createPublicKey({ key: { kty: 'RSA', n: String(n), e: 'AQ' }, format: 'jwk' });
}

const rsaKeys = rsa();
const ecKeys = ec('P-256');

/** Keys that need no parsing, or next to none: for the bulk. */
export const objectNames = [...Object.keys(halves), 'secret KeyObject', 'other secret KeyObject'];

export const keys: Readonly<Record<string, ParityKey>> = {
  ...halves,
  ...secrets,
  ...noKeys,
  ...privateForms('rsa private', rsaKeys.privateKey),
  ...formsOf('rsa public', rsaKeys.publicKey),
  ...privateForms('P-256 private', ecKeys.privateKey),
  ...formsOf('P-256 public', ecKeys.publicKey),
  'rsa private PKCS#1': { input: pem(rsaKeys.privateKey, 'pkcs1') },
  'rsa public PKCS#1': { input: pem(rsaKeys.publicKey, 'pkcs1'), twin: { sign: 'rsa public' } },
  'P-256 private SEC1': { input: pem(ecKeys.privateKey, 'sec1') },
  'rsa, exponent 1': { input: weakExponent(), weakExponent: true },
  'certificate public': { input: createPublicKey(certificate) },
  certificate: { input: certificate, twin: { sign: 'certificate public' } },
  'SSH public key': {
    input: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)} someone`,
    unreadable: true,
  },
};

export function keyOf(name: string): ParityKey {
  const key = keys[name];
  if (!key) throw new Error(`no key is named ${name}`);
  return key;
}
