/** sign and signAsync: jsonwebtoken's way to call the signer. */

import type { createPrivateKey, KeyObject } from 'node:crypto';
import type { KeyInput } from './core/keys/key-input.ts';
import { isPlainObject } from './core/option-rules.ts';
import { prepareClassicSigning, type SignOptions } from './core/sign/classic-sign.ts';

export type { SignOptions };

/**
 * Told the token, or why there is none.
 *
 * @example
 * ```ts
 * const done: SignCallback = (error, encoded) => console.log(error ?? encoded?.split('.').length); // → 3
 * sign({ sub: 'ada' }, secret, done);
 * ```
 */
export type SignCallback = (error: Error | null, encoded?: string | undefined) => void;

/**
 * A secret, or a private key with its passphrase.
 *
 * @example
 * ```ts
 * const shared: Secret = Buffer.from(secret);
 * verify(token, shared);
 * ```
 */
export type Secret = string | Buffer | KeyObject | { key: string | Buffer; passphrase: string };

/**
 * A private key, as node:crypto takes it; {@link sign} takes every {@link KeyInput}.
 *
 * @example
 * ```ts
 * const key: PrivateKey = { key: privatePem, format: 'pem' };
 * sign({ sub: 'ada' }, key, { algorithm: 'EdDSA' });
 * ```
 */
export type PrivateKey = Parameters<typeof createPrivateKey>[0];

/**
 * A key that has to be fetched before something can be signed.
 *
 * @example
 * ```ts
 * const fetchSecret: SigningKeySource = async () => secret;
 * const fetched = await signAsync({ sub: 'ada' }, fetchSecret);
 * ```
 */
export type SigningKeySource = () => KeyInput | Promise<KeyInput>;

/**
 * Signs a payload: a plain object of claims, to which `iat` is added, or a string or Buffer.
 *
 * With a callback it is told the token or the error, once, later, and asymmetric signatures are made on
 * the thread pool. Throws Error with a `code` for keys, options and payloads that cannot be used, with
 * the messages of jsonwebtoken.
 *
 * @example
 * ```ts
 * const token = sign({ sub: 'ada' }, secret, { expiresIn: '15m' });
 * ```
 */
export function sign(
  payload: string | Buffer | object,
  secretOrPrivateKey: Secret | PrivateKey | KeyInput,
  options?: SignOptions,
): string;
export function sign(
  payload: string | Buffer | object,
  secretOrPrivateKey: null | undefined,
  options?: SignOptions & { algorithm: 'none' },
): string;
export function sign(
  payload: string | Buffer | object,
  secretOrPrivateKey: Secret | PrivateKey | KeyInput,
  callback: SignCallback,
): void;
export function sign(
  payload: string | Buffer | object,
  secretOrPrivateKey: Secret | PrivateKey | KeyInput,
  options: SignOptions,
  callback: SignCallback,
): void;
export function sign(
  payload: string | Buffer | object,
  secretOrPrivateKey: null | undefined,
  options: SignOptions & { algorithm: 'none' },
  callback: SignCallback,
): void;
export function sign(
  payload: unknown,
  keyInput: unknown,
  options?: unknown,
  callback?: unknown,
): string | undefined {
  const done = typeof options === 'function' ? options : callback;
  const given = typeof options === 'function' ? undefined : options;
  if (typeof done !== 'function') {
    const { key, input } = prepareClassicSigning(payload, keyInput, given);
    return `${input}.${key.sign(input)}`;
  }
  signLater(payload, keyInput, given).then(
    (token) => done(null, token),
    (error) => done(error),
  );
  return undefined;
}

/**
 * Signs as {@link sign} does and answers with a promise. Asymmetric signatures are made on the thread
 * pool, so that the event loop goes on. The key may be a function that fetches it.
 *
 * @example
 * ```ts
 * const token = await signAsync({ sub: 'ada' }, privateKey, { algorithm: 'RS256' });
 * ```
 */
export async function signAsync(
  payload: string | Buffer | object,
  secretOrPrivateKey: Secret | PrivateKey | KeyInput | SigningKeySource,
  options?: SignOptions,
): Promise<string>;
export async function signAsync(
  payload: string | Buffer | object,
  secretOrPrivateKey: null | undefined,
  options: SignOptions & { algorithm: 'none' },
): Promise<string>;
export async function signAsync(
  payload: unknown,
  keyInput: unknown,
  options?: SignOptions,
): Promise<string> {
  if (typeof keyInput !== 'function') return signLater(payload, keyInput, options);
  // Copies, so that what is signed is what was given, however long the key takes.
  const claims = isPlainObject(payload) && !options?.mutatePayload ? { ...payload } : payload;
  const given = isPlainObject(options) ? { ...options } : options;
  return signLater(claims, await keyInput(), given);
}

/** Reads everything at once; only the signature is made later. */
async function signLater(payload: unknown, keyInput: unknown, options: unknown): Promise<string> {
  const { key, input } = prepareClassicSigning(payload, keyInput, options);
  const make = key.signAsync ?? key.sign;
  return `${input}.${await make(input)}`;
}
