/** Reads the fixtures of an attack: what a genuine token is, and with which key it is signed or verified. */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { readClock } from '../../core/clock.ts';
import { algorithm } from '../../core/keys/algorithm-rules.ts';
import { type Algorithm, isAlgorithm } from '../../core/keys/algorithms.ts';
import { requireKey } from '../../core/keys/import-key.ts';
import { type Key, type KeyRole, preparedKeyArgument } from '../../core/keys/key.ts';
import { usableAlgorithms } from '../../core/keys/key-checks.ts';
import type { KeyInput } from '../../core/keys/key-input.ts';
import * as option from '../../core/option-rules.ts';
import { orThrow } from '../../core/token/fault.ts';
import { MAX_TOKEN_LENGTH, parseToken } from '../../core/token/token.ts';
import { usageError } from '../../errors.ts';
import { type SigningKey, signingKeyOf } from '../signing-key.ts';
import { withoutUndefined } from '../without-undefined.ts';

/**
 * How to sign genuine tokens. Use a key that exists for tests only.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
 * const fixtures: SigningFixtures = {
 *   key: JWT_PRIVATE_KEY,
 *   algorithm: 'EdDSA',
 *   claims: { sub: 'ada', iss: 'https://id.example', aud: 'api' },
 * };
 * const verify = createVerifier(JWT_PUBLIC_KEY, { issuer: 'https://id.example', audience: 'api' });
 * (await attack(verify, fixtures)).assert();
 * ```
 */
export interface SigningFixtures {
  /** The private key or the secret. */
  readonly key: KeyInput;
  readonly algorithm: Algorithm;
  /**
   * The claims of a genuine token. The target must reject other values of `iss` and `aud`. `iat` (now) and
   * `exp` (in one hour) are added if absent.
   */
  readonly claims: Readonly<Record<string, unknown>>;
  /** More header parameters, such as `{ kid: '2026-01' }`. `typ` is `JWT` unless you set it. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Returns the time of the target in milliseconds. Default: the `Date.now` of each call. */
  readonly clock?: () => number;
}

/**
 * A genuine token, for a verifier whose key you do not have. Cases that must sign are skipped.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
 * const token = createSigner(JWT_PRIVATE_KEY, { expiresIn: '1h' })({ sub: 'ada' });
 * const fixtures: TokenFixtures = { token, publicKey: JWT_PUBLIC_KEY };
 * (await attack(createVerifier(JWT_PUBLIC_KEY), fixtures)).assert();
 * ```
 */
export interface TokenFixtures {
  /** A token that the target accepts now and until the attack has ended. */
  readonly token: string;
  /** The public key of the token. Omit for tokens signed with a secret. */
  readonly publicKey?: KeyInput;
}

/**
 * A test issuer, whose genuine tokens the kit can sign.
 *
 * @example
 * ```ts
 * const attackWith = (issuer: IssuerFixtures, verify: (token: string) => unknown) => attack(verify, issuer);
 * ```
 */
export interface IssuerFixtures {
  readonly issuer: string;
  /** Signs a token. */
  token(...settings: never[]): string | Promise<string>;
}

/** Checked fixtures. */
export interface GenuineToken {
  readonly algorithm: Algorithm;
  /** The header, with `alg`. */
  readonly header: Readonly<Record<string, unknown>>;
  /** The claims without the times that are added. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The key to sign with, if known. */
  readonly key: Key | undefined;
  readonly publicKey: KeyObject | undefined;
  /** The token of {@link TokenFixtures}. */
  readonly token: string | undefined;
  /** Returns the time in milliseconds. */
  now(): number;
}

const anyKey: option.OptionRule = {
  expected: 'a key',
  test: (value) => value !== undefined && value !== null,
};

const claimsRule: option.OptionRule = { expected: 'an object', test: option.isPlainObject };

const headerRule: option.OptionRule = {
  expected: 'an object without "alg"',
  test: (value) => option.isPlainObject(value) && !Object.hasOwn(value, 'alg'),
};

const signingRules: option.OptionRules = {
  key: anyKey,
  algorithm,
  claims: claimsRule,
  header: headerRule,
  clock: option.callable,
};

const tokenRules: option.OptionRules = { token: option.string, publicKey: anyKey };

/** Checks fixtures. Throws TypeError for wrong ones. */
export function readFixtures(fixtures: unknown): GenuineToken {
  const known = typeof fixtures === 'object' && fixtures !== null && signingKeyOf(fixtures);
  if (known) return readSigningKey(option.copyOwnProperties(known) as unknown as SigningKey);
  if (!option.isPlainObject(fixtures)) {
    const message = 'must be { key, algorithm, claims }, { token, publicKey } or a test issuer';
    throw wrongFixtures(`${message}, got ${option.typeNameOf(fixtures)}`);
  }
  if (Object.hasOwn(fixtures, 'token')) return readToken(option.checkOptions(fixtures, tokenRules));
  const own = option.checkOptions(fixtures, signingRules);
  for (const name of ['key', 'algorithm', 'claims']) {
    if (!Object.hasOwn(own, name)) throw wrongFixtures(`must have "${name}"`);
  }
  return readSigningKey(own as unknown as SigningKey);
}

function wrongFixtures(rule: string): TypeError {
  return usageError('ERR_OPTION_INVALID', `fixtures ${rule}`);
}

function readSigningKey({
  key: input,
  algorithm,
  claims,
  header,
  clock,
}: SigningKey): GenuineToken {
  if (algorithm === 'none') throw wrongFixtures('must have the "algorithm" of a signed token');
  const argument = keyArgument('key', 'sign');
  const key = requireKey(input, argument);
  usableAlgorithms(key, [algorithm], argument, true);
  return {
    algorithm,
    header: { alg: algorithm, typ: 'JWT', ...withoutUndefined(header ?? {}) },
    claims,
    key,
    publicKey: key.kind === 'private' ? createPublicKey(key.object) : undefined,
    token: undefined,
    now: () => readClock(clock),
  };
}

function readToken({ token, publicKey }: Record<string, unknown>): GenuineToken {
  const parsed = readGenuine(token);
  const algorithm = parsed.header.alg;
  if (!isAlgorithm(algorithm) || algorithm === 'none') {
    throw wrongFixtures('must have a "token" that is signed under a known algorithm');
  }
  if (publicKey === undefined && !algorithm.startsWith('HS')) {
    throw wrongFixtures(`must have "publicKey" with a token of ${algorithm}`);
  }
  return {
    algorithm,
    header: { ...parsed.header },
    claims: parsed.payload,
    key: undefined,
    publicKey: publicKey === undefined ? undefined : readPublicKey(publicKey),
    token: token as string,
    now: Date.now,
  };
}

function readGenuine(token: unknown) {
  try {
    const parsed = orThrow(parseToken(token, MAX_TOKEN_LENGTH));
    return { header: parsed.header, payload: parsed.payload };
  } catch (error) {
    throw wrongFixtures(`must have a genuine "token": ${(error as Error).message}`);
  }
}

function readPublicKey(input: unknown): KeyObject {
  const { kind, object } = requireKey(input, keyArgument('publicKey', 'verify'));
  if (kind === 'public') return object;
  throw wrongFixtures('must have a public key as "publicKey", got a secret');
}

function keyArgument(name: string, role: KeyRole) {
  return preparedKeyArgument(role, `"${name}" of fixtures`);
}
