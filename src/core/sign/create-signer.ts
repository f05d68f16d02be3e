/** createSigner: options compiled once, to a function that signs. */

import { usageError } from '../../errors.ts';
import { encodeBase64url } from '../encoding/base64url.ts';
import { parseDuration, type Timespan } from '../encoding/duration.ts';
import { type Algorithm, checkAvailable } from '../keys/algorithms.ts';
import { requireKey } from '../keys/import-key.ts';
import { bind, type Key, NO_KEY, preparedKeyArgument } from '../keys/key.ts';
import { usableAlgorithms } from '../keys/key-checks.ts';
import type { KeyInput } from '../keys/key-input.ts';
import * as option from '../option-rules.ts';
import {
  addClaims,
  checkDuplicate,
  checkNumericDates,
  claimOptions,
  composeHeader,
  jsonText,
} from './claims-and-header.ts';

/**
 * Options of {@link createSigner}. One that is present and undefined, or misspelt, is a TypeError.
 *
 * @example
 * ```ts
 * const options: SignerOptions = { issuer: 'https://id.example', expiresIn: '15m' };
 * const signUser = createSigner(privateKey, options);
 * ```
 */
export interface SignerOptions {
  /** Default: `alg` of a JWK, else HS256, RS256, PS256, ES… by curve, or EdDSA, as the key demands. */
  algorithm?: Algorithm;
  /** `kid` of the header. */
  keyid?: string;
  /** More members of the header, such as `{ typ: 'at+jwt' }`. */
  header?: Readonly<Record<string, unknown>>;
  /** `exp`: seconds, or a timespan with its unit, from `iat`. */
  expiresIn?: Timespan;
  /** `nbf`: seconds, or a timespan with its unit, from `iat`. */
  notBefore?: Timespan;
  /** `aud`. */
  audience?: string | readonly string[];
  /** `iss`. */
  issuer?: string;
  /** `sub`. */
  subject?: string;
  /** `jti`; a function is asked for every token. */
  jwtid?: string | (() => string);
  /** Leave `iat` out. */
  noTimestamp?: boolean;
  /** Sign with secrets shorter than their hash and with RSA keys below 2048 bits. */
  allowInsecureKeySizes?: boolean;
  /** Answer with a promise; asymmetric signatures are made on the thread pool. */
  async?: boolean;
  /** The time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

/**
 * A prepared signer: claims to token. Throws TypeError for claims that cannot be signed.
 *
 * @example
 * ```ts
 * const signUser: Signer<string> = createSigner(secret, { algorithm: 'HS256' });
 * const userToken = signUser({ sub: 'ada' });
 * ```
 */
export type Signer<Token> = (payload: object) => Token;

const rules: option.OptionRules = {
  algorithm: option.algorithm,
  keyid: option.string,
  header: option.headerParameters,
  expiresIn: option.duration,
  notBefore: option.duration,
  audience: option.stringOrList,
  issuer: option.string,
  subject: option.string,
  jwtid: option.stringOrFunction,
  noTimestamp: option.boolean,
  allowInsecureKeySizes: option.boolean,
  async: option.boolean,
  clock: option.callable,
};

const keyArgument = preparedKeyArgument('sign');

/**
 * Compiles a key and options once, and answers with a function that signs claims (RFC 7519 §7.1).
 *
 * The claims are a plain object; `iat` is added, and what the options say. A claim that stands in both is
 * a TypeError, as is a date that is not a finite number of seconds.
 *
 * Throws TypeError for an unknown option, a value of the wrong type, and a key that is unreadable, too
 * small or does not fit the algorithm.
 *
 * @example
 * ```ts
 * const sign = createSigner(privateKey, { issuer: 'https://id.example', expiresIn: '15m' });
 * const token = sign({ sub: 'ada' });
 * ```
 */
export function createSigner<Async extends boolean = false>(
  key: null | undefined,
  options: SignerOptions & { algorithm: 'none'; async?: Async },
): Signer<Async extends true ? Promise<string> : string>;
export function createSigner<Async extends boolean = false>(
  key: KeyInput,
  options?: SignerOptions & { async?: Async },
): Signer<Async extends true ? Promise<string> : string>;
export function createSigner(
  input: KeyInput | null | undefined,
  options: SignerOptions = {},
): Signer<string | Promise<string>> {
  // From here on the values have the types that the rules name.
  const own = option.checkOptions(options, rules) as SignerOptions;
  if (own.algorithm) checkAvailable(own.algorithm);
  const key = own.algorithm === 'none' ? noKey(input) : requireKey(input, keyArgument);
  const alg = key === NO_KEY ? 'none' : algorithmFor(key, own);
  const use = bind(alg, key);
  const inputOf = compileInput(alg, own);

  if (own.async) {
    const make = use.signAsync ?? use.sign;
    return async (payload) => {
      const input = inputOf(payload);
      return `${input}.${await make(input)}`;
    };
  }
  return (payload) => {
    const input = inputOf(payload);
    return `${input}.${use.sign(input)}`;
  };
}

/** Payload to signing input, with header and claims of options that were checked. */
export function compileInput(alg: Algorithm, own: SignerOptions): (payload: unknown) => string {
  const header = JSON.stringify(composeHeader(alg, 'JWT', own.keyid, own.header));
  const prefix = `${encodeBase64url(header)}.`;
  const compose = composer(own);
  return (payload) => prefix + encodeBase64url(compose(payload));
}

/** An unsecured token has no key; one that was given was meant to be used. */
function noKey(input: unknown): Key {
  if (input === undefined || input === null) return NO_KEY;
  throw usageError(
    'ERR_OPTION_INVALID',
    '"algorithm" may be "none" only with null or undefined as key',
  );
}

function algorithmFor(key: Key, { algorithm, allowInsecureKeySizes }: SignerOptions): Algorithm {
  const named = algorithm && [algorithm];
  // Never empty: where nothing is usable, it throws.
  return usableAlgorithms(key, named, keyArgument, allowInsecureKeySizes)[0] as Algorithm;
}

/** Payload to JSON text, with the claims of the options. */
function composer(own: SignerOptions): (payload: unknown) => string {
  const { clock, jwtid } = own;
  const settings = {
    notBefore: parseDuration(own.notBefore),
    expiresIn: parseDuration(own.expiresIn),
    audience: typeof own.audience === 'object' ? [...own.audience] : own.audience,
    issuer: own.issuer,
    subject: own.subject,
    jwtid: typeof jwtid === 'string' ? jwtid : undefined,
    noTimestamp: own.noTimestamp,
  };
  const present = claimOptions.filter((name) => own[name] !== undefined);

  return (payload) => {
    if (!option.isPlainObject(payload)) {
      const came = option.typeNameOf(payload);
      throw usageError('ERR_PAYLOAD_INVALID', `payload must be a plain object, got ${came}`);
    }
    // A copy is checked and signed, without a prototype that could bring a toJSON.
    const claims = option.copyOwnProperties(payload);
    for (const name of present) checkDuplicate(claims, name, usageError);
    const now = Math.floor((clock ? clock() : Date.now()) / 1000);
    const id = typeof jwtid === 'function' ? freshId(jwtid) : settings.jwtid;
    checkNumericDates(claims, Number.isFinite, usageError);
    addClaims(claims, { ...settings, jwtid: id }, now);
    // Once more: a clock or a sum may not be finite.
    checkNumericDates(claims, Number.isFinite, usageError);
    const text = jsonText(claims);
    if (!text?.startsWith('{')) {
      throw usageError(
        'ERR_PAYLOAD_INVALID',
        'payload must be a JSON object: its toJSON made it another',
      );
    }
    return text;
  };
}

function freshId(jwtid: () => string): string {
  const id: unknown = jwtid();
  if (typeof id === 'string' && id !== '') return id;
  const message = `"jwtid" must answer with a non-empty string, got ${option.typeNameOf(id)}`;
  throw usageError('ERR_OPTION_INVALID', message);
}
