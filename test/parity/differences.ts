/**
 * Every difference from jsonwebtoken 9.0.3 that is meant, by name. What is not in one of these tables
 * has to be the same in both libraries.
 */

import { isDeepStrictEqual } from 'node:util';
import {
  type DecodeCase,
  type SignCase,
  type TokenCase,
  textOf,
  type VerifyCase,
} from './cases.ts';
import { keyOf } from './keys.ts';
import { messageOf, type Outcome, same } from './outcome.ts';

/** One row. At least one of its members says what ours does. */
export interface Difference<Case> {
  readonly row: string;
  /** The case for which 9.0.3 does what ours does for the given one; undefined if the row does not apply. */
  readonly instead?: (given: Case) => Case | undefined;
  /** The message of our error. */
  readonly message?: (given: Case, theirs: Outcome) => string | undefined;
  /** Whether our outcome is right; `ask` runs 9.0.3. */
  readonly accepts?: (
    given: Case,
    theirs: Outcome,
    ours: Outcome,
    ask: (other: Case) => Outcome,
  ) => boolean;
}

export type Members = Readonly<Record<string, unknown>>;

/**
 * The rows that explain why our outcome differs; undefined if none does. The rows that rewrite
 * the case are applied one after the other, because several may be at work in one case.
 */
export function explain<Case>(
  differences: readonly Difference<Case>[],
  given: Case,
  ours: Outcome,
  ask: (other: Case) => Outcome,
): readonly string[] | undefined {
  const rows: string[] = [];
  let rewritten = given;
  for (const { row, instead } of differences) {
    const next = instead?.(rewritten);
    if (next === undefined) continue;
    rewritten = next;
    rows.push(row);
  }
  const theirs = ask(rewritten);
  if (rows.length > 0 && same(theirs, ours)) return rows;
  const said = messageOf(ours);
  for (const { row, message, accepts } of differences) {
    const expected = message?.(rewritten, theirs);
    if (expected !== undefined && expected === said) return [...rows, row];
    if (accepts?.(rewritten, theirs, ours, ask)) return [...rows, row];
  }
  return undefined;
}

const INVALID_TOKEN = 'JsonWebTokenError: invalid token';

/** The messages of rules that 9.0.3 does not have. */
const OWN_RULES =
  /^JsonWebTokenError: (?:"crit" in the header names extensions, and none is supported|"b64" in the header must be true or absent: a JWT payload is base64url|jwt is longer than maxTokenLength \(\d+ characters\)|jwt is not canonical base64url|jwt (?:header|payload) must (?:be a JSON object|be UTF-8 without a byte order mark|not nest deeper than 64 levels|not have duplicate members))$/;

function breaksOwnRule(ours: Outcome): boolean {
  return OWN_RULES.test(messageOf(ours) ?? '');
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

function own(target: unknown, name: string): unknown {
  return isObject(target) && Object.hasOwn(target, name) ? target[name] : undefined;
}

/** The options with another value in the same place. */
function withOption<Case extends { readonly options: unknown }>(
  given: Case,
  name: string,
  value: unknown,
): Case {
  const { options } = given;
  const copy = Object.create(Object.getPrototypeOf(options), {
    ...Object.getOwnPropertyDescriptors(options),
    [name]: { value, enumerable: true, configurable: true, writable: true },
  });
  return { ...given, options: copy };
}

const isWrapper = (value: unknown) =>
  value instanceof String || value instanceof Number || value instanceof Boolean;

/** Looks like no name that 9.0.3 knows. */
const UNKNOWN = 'unknown-alg';

const NEW_ALGORITHMS = ['ES256K', 'EdDSA', 'Ed25519', 'Ed448'];
const CLASSIC_ALGORITHMS = /^(?:[HRPE]S(?:256|384|512)|none)$/;

/** A message with one algorithm name in place of another. */
function renamed(outcome: Outcome, from: string, to: string): string | undefined {
  return messageOf(outcome)?.replaceAll(from, () => to);
}

// ---------------------------------------------------------------- sign

function algOf({ options }: SignCase): unknown {
  const header = own(options, 'header');
  if (isObject(header) && Object.hasOwn(header, 'alg')) return header['alg'];
  return own(options, 'algorithm') || 'HS256';
}

/** The same call with another algorithm, in the place where it was named. */
function withAlg(given: SignCase, alg: string): SignCase {
  const header = own(given.options, 'header');
  if (isObject(header) && Object.hasOwn(header, 'alg')) {
    const copy = Object.create(Object.getPrototypeOf(header), {
      ...Object.getOwnPropertyDescriptors(header),
      alg: { value: alg, enumerable: true },
    });
    const isNew = NEW_ALGORITHMS.includes(String(own(given.options, 'algorithm')));
    const other = isNew ? withOption(given, 'algorithm', 'HS256') : given;
    return withOption(other, 'header', copy);
  }
  return withOption(given, 'algorithm', alg);
}

const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text);
const latin1 = (text: string) => Buffer.from(text).toString('latin1');

/** Text whose latin1 bytes are the UTF-8 bytes of the given one, through any depth of a header. */
function mangled(value: unknown): unknown {
  if (typeof value === 'string') return latin1(value);
  if (Array.isArray(value)) return value.map(mangled);
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [latin1(name), mangled(member)]),
  );
}

const prototypeNames = Object.getOwnPropertyNames(Object.prototype);

const KEY_INVALID = 'Error: secretOrPrivateKey is not valid key material';

const WRAPPED: Readonly<Record<string, string>> = {
  expiresIn: 'should be a number of seconds or string representing a timespan',
  notBefore: 'should be a number of seconds or string representing a timespan',
  audience: 'must be a string or array',
  issuer: 'must be a string',
  subject: 'must be a string',
  jwtid: 'must be a string',
  keyid: 'must be a string',
  encoding: 'must be a string',
  noTimestamp: 'must be a boolean',
  mutatePayload: 'must be a boolean',
  allowInsecureKeySizes: 'must be a boolean',
  allowInvalidAsymmetricKeyTypes: 'must be a boolean',
};

/** 9.0.3 rejects such a key, or reads the payload before it does; the algorithm tests say what ours does. */
function acceptsOpenPss({ key }: { readonly key: string }, theirs: Outcome): boolean {
  const isRejected = /RSA-PSS parameters do not meet|^SyntaxError/.test(messageOf(theirs) ?? '');
  return key.startsWith('rsa-pss-open') && isRejected;
}

export const signDifferences: readonly Difference<SignCase>[] = [
  {
    row: 'an RSA-PSS key without parameters signs and verifies PS256, PS384 and PS512 (RFC 4055 §1.2)',
    accepts: acceptsOpenPss,
  },
  {
    row: 'text and bytes that hold a key are read as that key, or rejected',
    instead: (given) => {
      const twin = keyOf(given.key).twin?.sign;
      return twin === undefined ? undefined : { ...given, key: twin };
    },
    message: ({ key }) => (keyOf(key).unreadable ? KEY_INVALID : undefined),
  },
  {
    row: 'an empty secret is no key',
    message: ({ key }) =>
      keyOf(key).empty ? 'Error: secretOrPrivateKey must have a value' : undefined,
  },
  {
    row: 'an RSA key with the public exponent 1 is rejected',
    message: ({ key }) => (keyOf(key).weakExponent ? KEY_INVALID : undefined),
  },
  {
    row: 'iat 0 is a time',
    // At that time 9.0.3 writes and counts from the iat it takes for absent.
    instead: (given) => (own(given.payload, 'iat') === 0 ? { ...given, now: 0 } : undefined),
  },
  {
    row: 'a header is UTF-8',
    instead(given) {
      const header = own(given.options, 'header');
      const keyid = own(given.options, 'keyid');
      if (isAscii(JSON.stringify([header, keyid], withoutBigints))) return undefined;
      const first = keyid === undefined ? given : withOption(given, 'keyid', mangled(keyid));
      return header === undefined ? first : withOption(first, 'header', mangled(header));
    },
  },
  {
    row: 'an unsigned token needs the option algorithm: none',
    message: (given) =>
      algOf(given) === 'none' && own(given.options, 'algorithm') !== 'none'
        ? 'Error: an unsigned token needs "algorithm": "none", not only "header.alg"'
        : undefined,
  },
  {
    row: 'members named like those of Object.prototype are members like any other',
    accepts(given, theirs, ours, ask) {
      if (!isPrototypeCrash(theirs)) return false;
      const encoding = own(given.options, 'encoding');
      const other = renamedMembers(given);
      return matchesRenamed(
        ask(encoding && typeof encoding === 'string' ? withOption(other, 'encoding', '') : other),
        ours,
        encoding,
      );
    },
  },
  {
    row: 'ES256K and Ed25519 and Ed448 are algorithms',
    accepts(given, _theirs, ours, ask) {
      const alg = algOf(given);
      if (!NEW_ALGORITHMS.includes(String(alg))) return false;
      if ('value' in ours) return true;
      const said = messageOf(ours);
      return (
        said === `Error: secretOrPrivateKey must be an asymmetric key when using ${alg}` ||
        /^Error: ("alg" parameter (for "[\w-]+" key type must be one of|"ES256K" requires curve "secp256k1")|Unknown key type "x25519"\.$)/.test(
          said ?? '',
        ) ||
        said === renamed(ask(withAlg(given, 'ES256')), 'ES256', String(alg)) ||
        said === messageOf(ask(renamedMembers(withAlg(given, 'ES256'))))?.replaceAll(MARK, '') ||
        said === messageOf(ask({ ...withAlg(given, 'HS256'), key: 'secret KeyObject' })) ||
        said === renamed(ask(withAlg(given, UNKNOWN)), UNKNOWN, String(alg))
      );
    },
  },
  {
    row: 'keys for Ed25519 and Ed448 have algorithms that suit them',
    message: (_, theirs) => misfitOfEdwards(theirs),
  },
  {
    row: 'Q: what a key signs that does not suit the algorithm, where the caller lifted the rule',
    accepts({ key, options }, theirs, ours) {
      if (own(options, 'allowInvalidAsymmetricKeyTypes') !== true) return false;
      const strange =
        /^Error: (?:Could not find expected "seq"|"r" specified length|Unsupported crypto operation|error:|secretOrPrivateKey has a minimum key size)/;
      const said = messageOf(ours);
      // 9.0.3 fails with the messages above, or writes a token without a signature.
      if (said?.startsWith('Error: the key cannot make a signature')) return true;
      if (key.startsWith('rsa-pss') && 'value' in theirs) return strange.test(said ?? '');
      return strange.test(messageOf(theirs) ?? '') && (said === undefined || strange.test(said));
    },
  },
  {
    row: 'Q: an unknown algorithm is rejected for its name, not for its type or its first letters',
    accepts: (given, theirs, ours, ask) =>
      messageOf(theirs) !== undefined && isUnknownAlgorithm(given, ours, ask),
  },
  {
    row: 'an unsigned token without a key does not crash',
    message(given, theirs) {
      const crash = /^TypeError: Cannot read properties of (?:undefined|null) \(reading 'type'\)$/;
      const alg = String(algOf(given));
      const article = alg.startsWith('HS') ? 'a symmetric' : 'an asymmetric';
      return crash.test(messageOf(theirs) ?? '')
        ? `Error: secretOrPrivateKey must be ${article} key when using ${alg}`
        : undefined;
    },
  },
  {
    row: 'Q: objects around strings, numbers and booleans are not values of options or claims',
    message({ payload, options }) {
      const claims = isObject(payload) ? payload : {};
      const isTime = (name: string) => ['iat', 'exp', 'nbf'].includes(name);
      const claim = Object.keys(claims).find((name) => {
        return isTime(name) && claims[name] instanceof Number;
      });
      if (claim) return `Error: "${claim}" should be a number of seconds`;
      const given = isObject(options) ? options : {};
      const option = Object.keys(given).find((name) => {
        return Object.hasOwn(WRAPPED, name) && isWrapper(given[name]);
      });
      return option && `Error: "${option}" ${WRAPPED[option]}`;
    },
  },
  {
    row: 'Q: options are own members only',
    instead(given) {
      const { options } = given;
      const prototype = isObject(options) ? Object.getPrototypeOf(options) : null;
      if (prototype === null || Object.keys(prototype).length === 0) return undefined;
      // Still no plain object, and nothing to inherit.
      const bare = Object.create(Object.create(null), Object.getOwnPropertyDescriptors(options));
      return { ...given, options: bare };
    },
  },
  {
    row: "Q: the error of an unknown encoding does not show the code of Node's own",
    accepts(_given, theirs, ours) {
      const said = messageOf(ours);
      return (
        said?.startsWith('TypeError: Unknown encoding: ') === true &&
        said === messageOf(theirs) &&
        'error' in ours &&
        ours.error.json === '{}'
      );
    },
  },
  {
    row: 'Q: a function or symbol as payload has a message of its own',
    message({ payload }, theirs) {
      const isNode = messageOf(theirs)?.startsWith('TypeError: The first argument must be of type');
      const type = typeof payload;
      return isNode && (type === 'function' || type === 'symbol')
        ? `TypeError: payload must be JSON, got a ${type}`
        : undefined;
    },
  },
  {
    row: 'Q: Symbol.toStringTag does not make a payload of another kind',
    instead({ payload, ...given }) {
      if (!isObject(payload) || !Object.hasOwn(payload, Symbol.toStringTag)) return undefined;
      return { ...given, payload: Object.fromEntries(Object.entries(payload)) };
    },
  },
];

function withoutBigints(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? undefined : value;
}

/** Whether ours said what 9.0.3 says of a name that looks like none of its own. */
function isUnknownAlgorithm(
  given: SignCase,
  ours: Outcome,
  ask: (other: SignCase) => Outcome,
): boolean {
  const alg = algOf(given);
  if (typeof alg === 'string' && CLASSIC_ALGORITHMS.test(alg)) return false;
  const said = messageOf(ours);
  let other = withAlg(given, UNKNOWN);
  if (isPrototypeCrash(ask(other))) other = renamedMembers(other);
  // The rules about types of keys name none of its algorithms.
  if (/^Error: (?:"alg" parameter for|Unknown key type)/.test(messageOf(ask(other)) ?? '')) {
    other = withOption(other, 'allowInvalidAsymmetricKeyTypes', true);
  }
  const expected = ask(other);
  return said === renamed(expected, UNKNOWN, String(alg))?.replaceAll(MARK, '');
}

function isPrototypeCrash(outcome: Outcome): boolean {
  return messageOf(outcome) === 'TypeError: validator.isValid is not a function';
}

function misfitOfEdwards(theirs: Outcome): string | undefined {
  return edwards(messageOf(theirs) ?? '');
}

function edwards(said: string): string | undefined {
  const type = /^Error: Unknown key type "(ed25519|ed448)"\.$/.exec(said)?.[1];
  if (type === undefined) return undefined;
  const own = type === 'ed448' ? 'Ed448' : 'Ed25519';
  return `Error: "alg" parameter for "${type}" key type must be one of: EdDSA, ${own}.`;
}

const MARK = 'marked-';

function renamedMembers(given: SignCase): SignCase {
  const rename = (target: unknown) => {
    if (!isObject(target)) return target;
    const copy = Object.create(Object.getPrototypeOf(target));
    for (const [name, value] of Object.entries(target)) {
      copy[prototypeNames.includes(name) ? `${MARK}${name}` : name] = value;
    }
    return copy;
  };
  return { ...given, payload: rename(given.payload), options: rename(given.options) };
}

/** The same header and payload, or message, once the marks are gone. */
function matchesRenamed(theirs: Outcome, ours: Outcome, encoding: unknown): boolean {
  if ('error' in theirs || 'error' in ours) {
    const said = messageOf(theirs)?.replaceAll(MARK, '');
    const isUnknown = !('error' in theirs) && !Buffer.isEncoding(String(encoding));
    return messageOf(ours) === (isUnknown ? `TypeError: Unknown encoding: ${encoding}` : said);
  }
  const [header, payload] = String(theirs.value).split('.');
  const [ourHeader, ourPayload] = String(ours.value).split('.');
  const unmarked = Buffer.from(payload ?? '', 'base64url')
    .toString()
    .replaceAll(MARK, '');
  const bytes = Buffer.from(unmarked, (encoding || 'utf8') as BufferEncoding);
  return header === ourHeader && ourPayload === bytes.toString('base64url');
}

// ---------------------------------------------------------------- tokens

interface Reading {
  readonly token: string;
  readonly header: unknown;
  /** As 9.0.3 reads it. */
  readonly payload: unknown;
  readonly payloadText: string;
}

/** Takes a token apart as generously as 9.0.3 does. */
export function read(token: TokenCase): Reading | undefined {
  const text = textOf(token);
  if (typeof text !== 'string' && !Buffer.isBuffer(text)) return undefined;
  const parts = text.toString().split('.');
  if (parts.length !== 3) return undefined;
  const header = parsed(Buffer.from(parts[0] ?? '', 'base64').toString('latin1'));
  const payloadText = Buffer.from(parts[1] ?? '', 'base64').toString();
  return { token: text.toString(), header, payload: parsed(payloadText), payloadText };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why the bytes of a token have more than one reading; undefined where they have one. */
export function looseness(token: string): string | undefined {
  if (token.length > 65_536) return 'size';
  const parts = token.split('.');
  for (const [i, part] of parts.entries()) {
    const bytes = Buffer.from(part, 'base64url');
    if (bytes.toString('base64url') !== part) return 'spelling';
    if (i > 1) continue;
    try {
      if (
        new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)[0] === '\ufeff'
      ) {
        return 'byte order mark';
      }
    } catch {
      return 'UTF-8';
    }
    const text = bytes.toString();
    if (depthOf(text) > 64) return 'nesting';
    if (parsed(text) !== undefined && hasDuplicates(text)) return 'duplicate members';
  }
  return undefined;
}

function depthOf(json: string): number {
  const brackets = json.replaceAll(/"(?:[^"\\]|\\.)*"?|[^[\]{}]/gs, '');
  let depth = 0;
  let deepest = 0;
  for (const bracket of brackets) {
    depth += '[{'.includes(bracket) ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function hasDuplicates(json: string): boolean {
  const spelt = [...json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/gs)].filter((match) => match[1]).length;
  let kept = 0;
  JSON.parse(json, function (this: unknown, name: string, value: unknown) {
    if (!Array.isArray(this) && name !== '') kept++;
    else if (name === '' && Object.hasOwn(this as object, '') && !isRoot(this, value)) kept++;
    return value;
  });
  return kept !== spelt;
}

/** The holder that JSON.parse makes up for the outermost value is the same as `{"": …}`. */
function isRoot(holder: unknown, value: unknown): boolean {
  return isObject(holder) && Object.keys(holder).length === 1 && isObject(value);
}

/** The header as UTF-8, where it holds more than ASCII. */
function utf8Header(token: TokenCase): unknown {
  const bytes = Buffer.from(read(token)?.token.split('.')[0] ?? '', 'base64url');
  return bytes.every((byte) => byte < 0x80) ? undefined : parsed(bytes.toString());
}

/** Equal but for `__proto__` members, which 9.0.3 leaves enumerable. */
function sameButHidden(theirs: unknown, ours: unknown): boolean {
  let hidden = false;
  const without = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(without);
    if (!isObject(value)) return value;
    hidden ||= Object.hasOwn(value, '__proto__');
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => name !== '__proto__')
        .map(([name, member]) => [name, without(member)]),
    );
  };
  const found = without(theirs);
  return (
    hidden && isDeepStrictEqual(found, without(ours)) && !JSON.stringify(ours).includes('__proto__')
  );
}

type Readable = { readonly token: TokenCase };

function acceptsHidden(_given: Readable, theirs: Outcome, ours: Outcome): boolean {
  return 'value' in theirs && 'value' in ours && sameButHidden(theirs.value, ours.value);
}

function acceptsUtf8(given: Readable, theirs: Outcome, ours: Outcome): boolean {
  const header = utf8Header(given.token);
  if (header === undefined || !('value' in theirs) || !isObject(theirs.value)) return false;
  const expected = { ...theirs.value, header };
  return (
    same({ value: expected }, ours) || ('value' in ours && sameButHidden(expected, ours.value))
  );
}

const isHeaderObject = (header: unknown) => isObject(header) && !Array.isArray(header);

// ---------------------------------------------------------------- verify

const WRONG_TYPES: Readonly<Record<string, readonly [(value: unknown) => boolean, string]>> = {
  audience: [
    (value) => typeof value === 'string' || Array.isArray(value) || value instanceof RegExp,
    'a string, RegExp or array',
  ],
  issuer: [(value) => typeof value === 'string' || Array.isArray(value), 'a string or array'],
  subject: [(value) => typeof value === 'string', 'a string'],
  jwtid: [(value) => typeof value === 'string', 'a string'],
};

const TIMESPAN =
  /^-?\d*\.?\d+ *(?:milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|years?|yrs?|y)?$/i;
const MILLISECONDS: Readonly<Record<string, number>> = {
  ...{ s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_557_600_000 },
};

/** The seconds of a timespan; a number without a unit is seconds, too. */
function secondsOf(text: string): number | undefined {
  if (text.length > 100 || !TIMESPAN.test(text)) return undefined;
  const unit = /[a-z]+$/i.exec(text)?.[0].toLowerCase();
  const amount = Number.parseFloat(text);
  if (unit === undefined) return amount;
  const isMilliseconds = /^m(?:s|illi)/.test(unit);
  return (amount * (isMilliseconds ? 1 : (MILLISECONDS[unit.charAt(0)] ?? Number.NaN))) / 1000;
}

/** Prints as the value does and is equal to nothing. */
class Likeness {
  readonly #text: string;
  constructor(value: unknown) {
    this.#text = value === undefined || value === null ? '' : String(value);
  }
  toString(): string {
    return this.#text;
  }
}

/** Matches strings only, and from their beginning each time. */
class StatelessRegExp extends RegExp {
  override test(value: unknown): boolean {
    const flags = this.flags.replaceAll(/[gy]/g, '');
    return typeof value === 'string' && new RegExp(this.source, flags).test(value);
  }
}

function strictMatcher(matcher: unknown): unknown {
  if (typeof matcher === 'string') return matcher;
  if (matcher instanceof RegExp) return new StatelessRegExp(matcher.source, matcher.flags);
  return new Likeness(matcher);
}

function claim(given: VerifyCase, name: string): unknown {
  return own(read(given.token)?.payload, name);
}

const isInfinite = (value: unknown) => value === Infinity || value === -Infinity;

/** What is checked of the token before its claims. */
function upToSignature(given: VerifyCase): VerifyCase {
  const { algorithms, allowInvalidAsymmetricKeyTypes } = { ...Object(given.options) } as Members;
  const ignore = { ignoreExpiration: true, ignoreNotBefore: true };
  return { ...given, options: { algorithms, allowInvalidAsymmetricKeyTypes, ...ignore } };
}

/** The same token with a payload that 9.0.3 can read before it looks at the signature. */
function readable(token: TokenCase, { header, token: text }: Reading): TokenCase {
  if (token.damage.kind === 'part emptied') return { ...token, payload: '{}' };
  if (!isDamaged(token)) {
    return { ...token, payload: '{}', damage: { ...token.damage, kind: 'nothing' } };
  }
  // The signature is wrong as it is; without `typ` any text is a payload.
  const [, payload, signature] = text.split('.');
  const bare = JSON.stringify({ ...(header as object), typ: undefined });
  const value = `${Buffer.from(bare).toString('base64url')}.${payload}.${signature}`;
  return { ...token, instead: { value } };
}

/** What ours says where 9.0.3 comes to this before the claims. */
function rejected(said: string, { header }: Reading): string {
  if (
    /^TypeError: "ES\d+" signatures must be |^Error: (?:Unsupported crypto operation$|error:)/.test(
      said,
    )
  ) {
    return 'JsonWebTokenError: invalid signature';
  }
  if (!/^TypeError: Cannot read properties of (?:undefined|null) \(reading 'type'\)$/.test(said)) {
    return edwards(said) ?? said;
  }
  const alg = String(own(header, 'alg'));
  const article = alg.startsWith('HS') ? 'a symmetric' : 'an asymmetric';
  return `JsonWebTokenError: secretOrPublicKey must be ${article} key when using ${alg}`;
}

export const verifyDifferences: readonly Difference<VerifyCase>[] = [
  {
    row: 'an RSA-PSS key without parameters signs and verifies PS256, PS384 and PS512 (RFC 4055 §1.2)',
    accepts: acceptsOpenPss,
  },
  {
    row: 'text and bytes that hold a key are read as that key, or rejected',
    instead: (given) => {
      let twin = keyOf(given.key).twin?.verify;
      // The object of a private key has a twin as well: its public half.
      while (twin !== undefined && keyOf(twin).twin?.verify) twin = keyOf(twin).twin?.verify;
      return twin === undefined ? undefined : { ...given, key: twin };
    },
    message: ({ key }) =>
      keyOf(key).unreadable
        ? 'JsonWebTokenError: secretOrPublicKey is not valid key material'
        : undefined,
  },
  {
    row: 'an empty secret is no key',
    message: ({ key }) =>
      keyOf(key).empty ? 'JsonWebTokenError: secret or public key must be provided' : undefined,
    accepts: ({ key, token }, _theirs, ours) =>
      // Without a signature 9.0.3 has a secret of no bytes here, and ours has none.
      key === 'empty text' &&
      read(token)?.token.endsWith('.') === true &&
      /^JsonWebTokenError: secretOrPublicKey must be a symmetric key when using HS/.test(
        messageOf(ours) ?? '',
      ),
  },
  {
    row: 'clockTolerance as text is seconds or a timespan, and of another type rejected',
    instead(given) {
      const text = own(given.options, 'clockTolerance');
      const found = typeof text === 'string' ? secondsOf(text) : undefined;
      return found === undefined ? undefined : withOption(given, 'clockTolerance', found);
    },
    message({ options }) {
      const value = own(options, 'clockTolerance');
      return value === undefined || value === false || Number.isFinite(value)
        ? undefined
        : 'JsonWebTokenError: clockTolerance must be a number';
    },
  },
  {
    row: 'maxAge of 0 is a bound, and of NaN or no characters rejected',
    instead(given) {
      const maxAge = own(given.options, 'maxAge');
      if (maxAge === 0) return withOption(given, 'maxAge', Number.MIN_VALUE);
      const isInvalid = maxAge === '' || maxAge === null || Number.isNaN(maxAge);
      return isInvalid || isInfinite(maxAge) ? withOption(given, 'maxAge', 'x') : undefined;
    },
  },
  {
    row: 'clockTimestamp is a finite number',
    message({ options }) {
      const value = own(options, 'clockTimestamp');
      return value === undefined || Number.isFinite(value)
        ? undefined
        : 'JsonWebTokenError: clockTimestamp must be a number';
    },
  },
  {
    row: 'ignoreExpiration and ignoreNotBefore are booleans',
    message({ options }) {
      const wrong = ['ignoreExpiration', 'ignoreNotBefore'].find((name) => {
        const value = own(options, name);
        return value !== undefined && typeof value !== 'boolean';
      });
      return wrong && `JsonWebTokenError: "${wrong}" must be a boolean`;
    },
  },
  {
    row: 'iat 0 is a time',
    instead(given) {
      if (!own(given.options, 'maxAge') || claim(given, 'iat') !== 0) return undefined;
      const timestamp = own(given.options, 'clockTimestamp');
      if (timestamp && typeof timestamp !== 'number') return undefined;
      const now = timestamp || Math.floor(given.now / 1000);
      return { ...withOption(given, 'clockTimestamp', now), now: 0 };
    },
  },
  {
    row: 'issuer, audience, subject and jwtid are checked against text of no characters',
    instead(given) {
      let next = given;
      for (const name of ['issuer', 'audience']) {
        if (own(given.options, name) === '') next = withOption(next, name, ['']);
      }
      for (const [name, member] of [
        ['subject', 'sub'],
        ['jwtid', 'jti'],
      ] as const) {
        if (own(given.options, name) !== '') continue;
        next = withOption(next, name, claim(given, member) === '' ? undefined : new Likeness(''));
      }
      return next === given ? undefined : next;
    },
  },
  {
    row: 'issuer, audience, subject and jwtid of another type are rejected',
    message({ options }) {
      for (const [name, [test, expected]] of Object.entries(WRONG_TYPES)) {
        const value = own(options, name);
        if (value === undefined || value === false || value instanceof Likeness) continue;
        if (test(value)) continue;
        return `JsonWebTokenError: "${name}" must be ${expected}`;
      }
      return undefined;
    },
  },
  {
    row: 'an audience matches text only, and a RegExp keeps no state',
    instead(given) {
      const audience = own(given.options, 'audience');
      if (!Array.isArray(audience) && !(audience instanceof RegExp)) return undefined;
      const list: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
      return withOption(given, 'audience', list.map(strictMatcher));
    },
  },
  {
    row: 'an issuer matches text only',
    instead(given) {
      const issuer = own(given.options, 'issuer');
      if (!Array.isArray(issuer) || issuer.every((name) => typeof name === 'string')) {
        return undefined;
      }
      return withOption(given, 'issuer', issuer.map(strictMatcher));
    },
  },
  {
    row: 'exp, nbf and iat are finite',
    message(given) {
      const { ignoreNotBefore, ignoreExpiration, maxAge } = { ...Object(given.options) } as Members;
      if (!ignoreNotBefore && isInfinite(claim(given, 'nbf'))) {
        return 'JsonWebTokenError: invalid nbf value';
      }
      if (!ignoreExpiration && isInfinite(claim(given, 'exp'))) {
        return 'JsonWebTokenError: invalid exp value';
      }
      return maxAge !== undefined && isInfinite(claim(given, 'iat'))
        ? 'JsonWebTokenError: iat required when maxAge is specified'
        : undefined;
    },
  },
  {
    row: 'algorithms as text is one name',
    instead(given) {
      const name = own(given.options, 'algorithms');
      return typeof name === 'string' ? withOption(given, 'algorithms', [name]) : undefined;
    },
  },
  {
    row: 'Q: algorithms of another type is a TypeError, before the token is read',
    accepts({ options }, _theirs, ours) {
      const algorithms = own(options, 'algorithms');
      if (algorithms === undefined || Array.isArray(algorithms)) return false;
      return messageOf(ours)?.startsWith('TypeError: "algorithms" must be an array, got ') === true;
    },
  },
  {
    row: 'crit and b64 are rejected',
    accepts({ token }, _theirs, ours) {
      const header = read(token)?.header;
      if (!isObject(header)) return false;
      const isPlain = !Object.hasOwn(header, 'b64') || header['b64'] === true;
      return (Object.hasOwn(header, 'crit') || !isPlain) && breaksOwnRule(ours);
    },
  },
  {
    row: 'RSA keys below 2048 bits are rejected',
    message({ key, token }) {
      const alg = String(own(read(token)?.header, 'alg'));
      return keyOf(key).small && /^[RP]S(?:256|384|512)$/.test(alg)
        ? `JsonWebTokenError: secretOrPublicKey has a minimum key size of 2048 bits for ${alg}`
        : undefined;
    },
  },
  {
    row: 'an RSA key with the public exponent 1 is rejected',
    message: ({ key }) =>
      keyOf(key).weakExponent
        ? 'JsonWebTokenError: secretOrPublicKey is not valid key material'
        : undefined,
  },
  {
    row: 'a token has one spelling and one reading, and is bounded',
    accepts({ token }, _theirs, ours) {
      const reading = read(token);
      return reading !== undefined && looseness(reading.token) !== undefined && breaksOwnRule(ours);
    },
  },
  {
    row: 'a header is a JSON object',
    accepts({ token }, _theirs, ours) {
      const reading = read(token);
      return reading !== undefined && !isHeaderObject(reading.header) && breaksOwnRule(ours);
    },
  },
  { row: 'a header is UTF-8', accepts: acceptsUtf8 },
  {
    row: 'a payload that is not JSON, or null, is rejected after the signature',
    accepts(given, _theirs, ours, ask) {
      const reading = read(given.token);
      if (!reading || own(reading.header, 'typ') !== 'JWT') return false;
      if (reading.payload !== undefined && reading.payload !== null) return false;
      const before = messageOf(
        ask(upToSignature({ ...given, token: readable(given.token, reading) })),
      );
      return messageOf(ours) === (before === undefined ? INVALID_TOKEN : rejected(before, reading));
    },
  },
  {
    row: 'an ECDSA signature of another length is a signature that is wrong',
    message: (_, theirs) =>
      /^TypeError: "ES\d+" signatures must be /.test(messageOf(theirs) ?? '')
        ? 'JsonWebTokenError: invalid signature'
        : undefined,
  },
  {
    row: 'an unsigned token without a key does not crash',
    accepts(given, theirs, ours) {
      const reading = read(given.token);
      const said = messageOf(theirs);
      return (
        reading !== undefined &&
        said?.endsWith("(reading 'type')") === true &&
        messageOf(ours) === rejected(said, reading)
      );
    },
  },
  {
    row: 'Q: an unknown algorithm is rejected for its name, not for the key or its first letters',
    accepts({ token }, theirs, ours) {
      const alg = own(read(token)?.header, 'alg');
      return (
        typeof alg === 'string' &&
        !CLASSIC_ALGORITHMS.test(alg) &&
        messageOf(theirs) !== undefined &&
        messageOf(ours)?.startsWith(`TypeError: "${alg}" is not a valid algorithm.`) === true
      );
    },
  },
  {
    row: 'Q: an algorithm of no characters is rejected for its name',
    accepts: ({ token }, theirs, ours) =>
      own(read(token)?.header, 'alg') === '' &&
      messageOf(theirs) === 'Error: Missing algorithm parameter for jws.verify' &&
      messageOf(ours)?.startsWith('TypeError: "" is not a valid algorithm.') === true,
  },
  {
    row: 'an algorithm that is not text is rejected',
    message: ({ token }, theirs) =>
      /startsWith/.test(messageOf(theirs) ?? '') &&
      typeof own(read(token)?.header, 'alg') !== 'string'
        ? 'JsonWebTokenError: invalid algorithm'
        : undefined,
  },
  {
    row: 'keys for Ed25519 and Ed448 have algorithms that suit them',
    message: (_, theirs) => misfitOfEdwards(theirs),
  },
  {
    row: 'ES256K and Ed25519 and Ed448 are algorithms',
    accepts: acceptsNewAlgorithm,
  },
  {
    row: 'Q: an RSA-PSS key verifies no RS256, RS384 or RS512, where the caller lifted the rule',
    message: ({ key, options, token }) =>
      own(options, 'allowInvalidAsymmetricKeyTypes') === true &&
      key.startsWith('rsa-pss') &&
      /^RS/.test(String(own(read(token)?.header, 'alg')))
        ? 'JsonWebTokenError: invalid signature'
        : undefined,
  },
  {
    row: 'Q: what a key verifies that does not suit the algorithm, where the caller lifted the rule',
    accepts({ options }, theirs, ours) {
      if (own(options, 'allowInvalidAsymmetricKeyTypes') !== true) return false;
      return (
        /^Error: (?:Unsupported crypto operation$|error:)/.test(messageOf(theirs) ?? '') &&
        /^(?:Error: error:|JsonWebTokenError: invalid signature$)/.test(messageOf(ours) ?? '')
      );
    },
  },
  { row: 'Q: JSON text in JSON text is not parsed twice', accepts: acceptsText },
  { row: '__proto__ in a token is hidden from enumeration', accepts: acceptsHidden },
];

const suits = (alg: string, key: string) =>
  alg === 'ES256K' ? /^secp256k1 /.test(key) : /^ed(?:25519|448) /.test(key);

/** Puts ES256, its key and its name in place of an algorithm that 9.0.3 does not know. */
function acceptsNewAlgorithm(
  given: VerifyCase,
  theirs: Outcome,
  ours: Outcome,
  ask: (other: VerifyCase) => Outcome,
): boolean {
  const { token, key } = given;
  const alg = String(own(read(token)?.header, 'alg'));
  const algorithms = own(given.options, 'algorithms') ?? undefined;
  const isEdwards = /^ed(?:25519|448) /.test(key);
  if (!NEW_ALGORITHMS.includes(alg)) {
    // By default such a key takes its own algorithms; 9.0.3 takes those of RSA, and then rejects it.
    const isDefault = isEdwards && algorithms === undefined && messageOf(theirs) !== undefined;
    return isDefault && messageOf(ours) === 'JsonWebTokenError: invalid algorithm';
  }
  const named = Array.isArray(algorithms) && algorithms.includes(alg);
  if (!named && algorithms !== undefined) return false;
  if (!suits(alg, key)) {
    return /^(?:JsonWebTokenError: (?:secretOrPublicKey must be an asymmetric key when using|invalid signature|invalid algorithm|invalid token)|Error: (?:"alg" parameter "ES256K" requires curve "secp256k1"|"alg" parameter for|Unknown key type "x25519"|error:))/.test(
      messageOf(ours) ?? '',
    );
  }
  if (
    typeof token.header !== 'string' ||
    (isDamaged(token) && token.damage.kind !== 'part emptied')
  ) {
    return messageOf(ours)?.startsWith('JsonWebTokenError: ') === true;
  }
  const isRight = token.signer.key === key.split(' ')[0];
  const header = token.header.replace(`"${alg}"`, '"ES256"');
  const signer = { alg: 'ES256', key: isRight ? 'P-256' : 'P-384' };
  const other = {
    ...withOption(given, 'algorithms', ['ES256']),
    token: {
      ...token,
      header,
      signer: isRight ? signer : { alg: 'HS256', key: 'secret KeyObject' },
    },
    key: 'P-256 public',
  };
  const expected = ask(other);
  if ('value' in expected && 'value' in ours) {
    return isDeepStrictEqual(payloadOf(given, expected.value), payloadOf(given, ours.value));
  }
  const said = messageOf(expected);
  // A payload that is no JSON comes after the signature.
  if (said?.startsWith('SyntaxError')) {
    return /: invalid (?:token|signature)$|: jwt signature is required$/.test(
      messageOf(ours) ?? '',
    );
  }
  return (
    messageOf(ours) ===
    said?.replace(/^TypeError: "ES256" signatures must.*/, 'JsonWebTokenError: invalid signature')
  );
}

/** The last character may have been replaced by itself. */
function isDamaged(token: TokenCase): boolean {
  return textOf(token) !== textOf({ ...token, damage: { ...token.damage, kind: 'nothing' } });
}

function payloadOf({ options }: VerifyCase, value: unknown): unknown {
  return own(options, 'complete') === true ? own(value, 'payload') : value;
}

/** The payload is a JSON string that holds JSON, and ours is the string. */
function acceptsText({ token }: Readable, theirs: Outcome, ours: Outcome): boolean {
  const text = read(token)?.payload;
  if (typeof text !== 'string' || !isObject(parsed(text))) return false;
  if (!('value' in theirs && 'value' in ours)) return false;
  const isComplete = Object.hasOwn(Object(theirs.value), 'signature');
  const expected = isComplete ? { ...(theirs.value as object), payload: text } : text;
  return same({ value: expected }, ours);
}

// ---------------------------------------------------------------- decode

export const decodeDifferences: readonly Difference<DecodeCase>[] = [
  {
    row: 'a token has one spelling and one reading, and is bounded',
    accepts({ token }, _theirs, ours) {
      const reading = read(token);
      return reading !== undefined && looseness(reading.token) !== undefined && isNull(ours);
    },
  },
  {
    row: 'a header is a JSON object',
    accepts({ token }, _theirs, ours) {
      const reading = read(token);
      return reading !== undefined && !isHeaderObject(reading.header) && isNull(ours);
    },
  },
  { row: 'a header is UTF-8', accepts: acceptsUtf8 },
  {
    row: 'Q: decode returns null where the payload is not JSON and should be',
    accepts: (_, theirs, ours) =>
      messageOf(theirs)?.startsWith('SyntaxError: ') === true && isNull(ours),
  },
  {
    row: 'Q: decode reads text only',
    accepts: ({ token }, _theirs, ours) => typeof textOf(token) !== 'string' && isNull(ours),
  },
  { row: 'Q: JSON text in JSON text is not parsed twice', accepts: acceptsText },
  { row: '__proto__ in a token is hidden from enumeration', accepts: acceptsHidden },
];

function isNull(outcome: Outcome): boolean {
  return 'value' in outcome && outcome.value === null;
}
