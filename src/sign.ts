/** Defines `sign` and `signAsync`, compatible with jsonwebtoken. */

import type { createPrivateKey, KeyObject } from 'node:crypto';
import { callBack, type NodeCallback } from './core/call-back.ts';
import type { KeyInput } from './core/keys/key-input.ts';
import { isPlainObject } from './core/option-rules.ts';
import { prepareClassicSigning, type SignOptions } from './core/sign/classic-sign.ts';

export type { SignOptions };

/**
 * Receives the token or the error.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const done: SignCallback = (error, encoded) => console.log(error ?? encoded?.split('.').length); // → 3
 * sign({ sub: 'ada' }, JWT_SECRET, done);
 * ```
 */
export type SignCallback = (error: Error | null, encoded?: string | undefined) => void;

/**
 * A secret, or a private key with its passphrase.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const secret: Secret = Buffer.from(JWT_SECRET);
 * sign({ sub: 'ada' }, secret);
 * ```
 */
export type Secret = string | Buffer | KeyObject | { key: string | Buffer; passphrase: string };

/**
 * A private key as `node:crypto` accepts it. {@link sign} also accepts every {@link KeyInput}.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '' } = process.env;
 * const key: PrivateKey = { key: JWT_PRIVATE_KEY, format: 'pem' };
 * sign({ sub: 'ada' }, key, { algorithm: 'EdDSA' });
 * ```
 */
export type PrivateKey = Parameters<typeof createPrivateKey>[0];

/**
 * A function that fetches the key to sign with.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const fetchSecret: SigningKeySource = async () => JWT_SECRET;
 * const token = await signAsync({ sub: 'ada' }, fetchSecret);
 * ```
 */
export type SigningKeySource = () => KeyInput | Promise<KeyInput>;

/**
 * Signs a payload: a plain object of claims, to which it adds `iat`, or a string or Buffer.
 *
 * With a callback, it returns `undefined`, creates asymmetric signatures on the thread pool and calls back
 * exactly once, later. Without one, it throws for keys, options and payloads that it cannot use: an Error
 * with a `code` and the message of jsonwebtoken.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada' }, JWT_SECRET, { expiresIn: '15m' });
 * ```
 */
// First for options of the type any, which match every overload.
export function sign(
  payload: string | Buffer | object,
  secretOrPrivateKey: Secret | PrivateKey | KeyInput,
  options: SignOptions,
): string;
export function sign(
  payload: string | Buffer | object,
  secretOrPrivateKey: null | undefined,
  options: SignOptions & { algorithm: 'none' },
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
  secretOrPrivateKey: Secret | PrivateKey | KeyInput,
  callback: SignCallback,
): void;
export function sign(
  payload: string | Buffer | object,
  secretOrPrivateKey: null | undefined,
  options?: SignOptions & { algorithm: 'none' },
): string;
// Last because TypeScript reports the last overload: the commonest call.
export function sign(
  payload: string | Buffer | object,
  secretOrPrivateKey: Secret | PrivateKey | KeyInput,
  options?: SignOptions,
): string;
export function sign(
  payload: unknown,
  keyInput: unknown,
  options?: unknown,
  callback?: unknown,
): string | undefined {
  const done = typeof options === 'function' ? options : callback;
  const signOptions = typeof options === 'function' ? undefined : options;
  if (typeof done !== 'function') {
    const { key, input } = prepareClassicSigning(payload, keyInput, signOptions);
    return `${input}.${key.sign(input)}`;
  }
  callBack(signLater(payload, keyInput, signOptions), done as NodeCallback);
  return undefined;
}

/**
 * Signs as {@link sign} does, and returns a promise. It creates asymmetric signatures on the thread pool,
 * without blocking the event loop. The key can be a function that fetches it.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '' } = process.env;
 * const token = await signAsync({ sub: 'ada' }, JWT_PRIVATE_KEY, { algorithm: 'EdDSA' });
 * ```
 */
export async function signAsync(
  payload: string | Buffer | object,
  secretOrPrivateKey: null | undefined,
  options: SignOptions & { algorithm: 'none' },
): Promise<string>;
export async function signAsync(
  payload: string | Buffer | object,
  secretOrPrivateKey: Secret | PrivateKey | KeyInput | SigningKeySource,
  options?: SignOptions,
): Promise<string>;
export async function signAsync(
  payload: unknown,
  keyInput: unknown,
  options?: SignOptions,
): Promise<string> {
  if (typeof keyInput !== 'function') return signLater(payload, keyInput, options);
  // Copies, so that the caller cannot change what is signed while the key is fetched.
  const claims = isPlainObject(payload) && !options?.mutatePayload ? { ...payload } : payload;
  const signOptions = isPlainObject(options) ? { ...options } : options;
  return signLater(claims, await keyInput(), signOptions);
}

/** Reads all arguments now, and creates the signature later. */
async function signLater(payload: unknown, keyInput: unknown, options: unknown): Promise<string> {
  const { key, input } = prepareClassicSigning(payload, keyInput, options);
  const signInput = key.signAsync ?? key.sign;
  return `${input}.${await signInput(input)}`;
}
