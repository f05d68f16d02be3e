/** Finds hints about keys: their type, their encoding, their name. */

import { createSecretKey } from 'node:crypto';
import { quoteText } from '../core/encoding/printable.ts';
import { type Algorithm, isAlgorithm, rowOf } from '../core/keys/algorithms.ts';
import { secretBytes } from '../core/keys/hmac.ts';
import { toKeys } from '../core/keys/import-key.ts';
import { bind, type Key, preparedKeyArgument } from '../core/keys/key.ts';
import { defaultsOf, isCompatible } from '../core/keys/key-checks.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import type { CheckName } from '../core/token/named-check.ts';
import type { ParsedToken } from '../core/token/token.ts';
import type { ListedKey } from '../core/verify/listed-keys.ts';
import type { ErrorCode } from '../errors.ts';
import type { Hint } from './explanation.ts';
import { codeOf } from './reason.ts';
import { secretReadings } from './secret-readings.ts';
import type { Observation } from './watch-engine.ts';

/** The keys of a verification, as the caller has them. */
export interface KeySubject {
  /** The key argument, or what the key source returned: one key or several. */
  readonly inputs: readonly unknown[];
  /** The keys that the source holds, if the library created it. */
  readonly listed: readonly ListedKey[];
  /** Whether the options name the algorithms. If not, each key has one. */
  readonly namesAlgorithms: boolean;
}

/** Signatures that are checked for the hints of one token. */
const MAX_TRIALS = 8;

const MAX_KIDS = 10;
const MAX_KID_CHARS = 64;

/** Codes that say that no key is for the algorithm of the token. */
const NO_KEY_FITS: ReadonlySet<ErrorCode | undefined> = new Set([
  'ERR_HEADER_ALG',
  'ERR_KEY_TYPE',
  'ERR_KEY_NOT_FOUND',
] as const);

const argument = preparedKeyArgument('verify');

/**
 * Finds hints for a token that failed at its key or signature. Only of keys that the verifier used or would
 * have used: a token that is rejected before does not choose what is computed here.
 */
export function findKeyHints(subject: KeySubject, { parsed, results }: Observation): Hint[] {
  const alg = parsed?.alg;
  if (!parsed || !isAlgorithm(alg) || alg === 'none') return [];
  const failed = (['alg', 'key', 'signature'] as const).find((check) => results.get(check));
  if (!failed) return [];
  const code = codeOf(results.get(failed));
  const trials = new Trials(alg, parsed);
  const sources = subject.listed.length > 0 ? subject.listed.map(({ key }) => key) : subject.inputs;
  const keys = sources.flatMap(readKeys);
  if (failed !== 'signature') {
    const typeHint = NO_KEY_FITS.has(code) && findTypeHint(alg, keys, failed);
    if (typeHint) return [typeHint];
  }
  if (failed === 'alg') return [];
  return [
    ...(failed === 'key' ? pemHints(subject.inputs) : []),
    ...kidHints(subject, parsed, trials, failed, code),
    ...(failed === 'signature' ? secretHints(subject.inputs, trials) : []),
  ];
}

/** Counts what it computes. */
class Trials {
  readonly #alg: Algorithm;
  readonly #token: ParsedToken;
  #count = 0;

  constructor(alg: Algorithm, token: ParsedToken) {
    this.#alg = alg;
    this.#token = token;
  }

  /** Whether the key fits. */
  allows(key: Key, namesAlgorithms: boolean): boolean {
    const isFit = isCompatible(this.#alg, key, 'verify');
    return isFit && (namesAlgorithms || defaultsOf(key, 'verify').includes(this.#alg));
  }

  /** Whether the signature is valid under the key. False if there were too many. */
  verifies(key: Key): boolean {
    return ++this.#count <= MAX_TRIALS && bind(this.#alg, key).verify(this.#token.signed);
  }
}

/** No keys if they cannot be read. */
function readKeys(input: unknown): readonly Key[] {
  try {
    return toKeys(input, argument);
  } catch {
    return [];
  }
}

function findTypeHint(alg: Algorithm, keys: readonly Key[], check: CheckName): Hint | undefined {
  const [key] = keys;
  if (!key || keys.some((one) => isCompatible(alg, one, 'verify'))) return undefined;
  const isHmac = rowOf(alg).keyTypes.includes('secret');
  const found = describeKeys(keys);
  if (isHmac && key.kind !== 'secret') {
    const text = `The token is signed with ${alg}, which needs the secret of the issuer, and you pass ${found}. Never use a public key as a secret: an attacker has it, too.`;
    return { hint: 'public-key-for-hmac', text, check };
  }
  const needed = isHmac ? 'a secret' : `the public key of the issuer for ${alg}`;
  const text = `The token is signed with ${alg}, which needs ${needed}, and you pass ${found}.`;
  return { hint: 'key-type', text, check };
}

function describeKeys(keys: readonly Key[]): string {
  const names = new Set(
    keys.map(({ kind, object, only }) => {
      if (kind === 'secret') return only ? `a secret for ${only.join(', ')}` : 'a secret';
      const curve = object.asymmetricKeyDetails?.namedCurve;
      const type = [object.asymmetricKeyType, curve].filter(Boolean).join(' ');
      return `a public key of type "${type}"${only ? ` for ${only.join(', ')}` : ''}`;
    }),
  );
  const shown = [...names].slice(0, 3);
  return [...shown, ...(names.size > shown.length ? ['others'] : [])].join(' and ');
}

/** PEM that lost what is between its first and its last line. */
function pemHints(inputs: readonly unknown[]): Hint[] {
  if (!inputs.some(isDamagedPem)) return [];
  const text =
    'The key begins with BEGIN and ends with END, but what is between is damaged. Compare its line ends with those of the file. An environment variable can hold base64 of the whole PEM.';
  return [{ hint: 'pem-line-ends', text, check: 'key' }];
}

function isDamagedPem(input: unknown): boolean {
  const isText = typeof input === 'string' || Buffer.isBuffer(input);
  if (!isText || !/BEGIN .*END /s.test(input.toString('latin1'))) return false;
  try {
    toKeys(input, argument);
    return false;
  } catch (error) {
    return (error as Error).message.includes('damaged');
  }
}

function kidHints(
  { listed, inputs, namesAlgorithms }: KeySubject,
  parsed: ParsedToken,
  trials: Trials,
  check: 'key' | 'signature',
  code: ErrorCode | undefined,
): Hint[] {
  const kid = ownClaim(parsed.header, 'kid');
  const isRejected = code === 'ERR_KEY_NOT_FOUND' || code === 'ERR_SIGNATURE_INVALID';
  if (typeof kid !== 'string' || !isRejected) return [];
  const kids = kidsOf(listed.length > 0 ? listed : inputs);
  const hints: Hint[] = [];
  if (kids.length > 0 && !kids.includes(kid)) {
    const text = `No key has the "kid" ${shownKid(kid)}. The keys have ${listKids(kids)}. Is the token of another issuer, or is the set outdated?`;
    hints.push({ hint: 'kid-unknown', text, check });
  }
  const signer = listed.find((one) => {
    const [key] = one.kid === kid ? [] : readKeys(one.key);
    return key && trials.allows(key, namesAlgorithms) && trials.verifies(key);
  });
  if (signer) {
    const name =
      signer.kid === undefined
        ? 'the key without a "kid"'
        : `the key with the "kid" ${shownKid(signer.kid)}`;
    const text = `The token names the "kid" ${shownKid(kid)}, and its signature is valid under ${name}. Let the issuer write that "kid".`;
    hints.push({ hint: 'kid-mismatch', text, check });
  }
  return hints;
}

function kidsOf(keys: readonly unknown[]): string[] {
  const kids = keys.map((key) => Object.hasOwn(Object(key), 'kid') && (key as ListedKey).kid);
  return kids.filter((kid): kid is string => typeof kid === 'string');
}

const shownKid = (kid: string) => quoteText(kid, MAX_KID_CHARS);

function listKids(kids: readonly string[]): string {
  const rest = kids.length - MAX_KIDS;
  const shown = kids.slice(0, MAX_KIDS).map(shownKid);
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

function secretHints(inputs: readonly unknown[], trials: Trials): Hint[] {
  for (const input of inputs) {
    for (const key of readKeys(input)) {
      const bytes = key.kind === 'secret' ? secretBytes(key.object) : undefined;
      for (const { hint, text, secret } of bytes ? secretReadings(input, bytes) : []) {
        // As an object, because bytes can be read as a key in DER.
        const [other] = readKeys(createSecretKey(secret));
        if (other && trials.verifies(other)) return [{ hint, text, check: 'signature' }];
      }
    }
  }
  return [];
}
