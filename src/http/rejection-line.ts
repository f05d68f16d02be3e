/** Says in one line why a request was rejected, for the developer of the server. */

import { requireKeys } from '../core/keys/import-key.ts';
import { type Key, preparedKeyArgument } from '../core/keys/key.ts';
import { defaultsOf } from '../core/keys/key-checks.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import { MAX_TOKEN_LENGTH, parsePaddedOrNot } from '../core/token/token.ts';
import type { VerifierOptions } from '../core/verify/verifier-options.ts';
import { type ErrorCode, isErrorCode, type JsonWebTokenError } from '../errors.ts';
import type { AuthError } from './auth-error.ts';
import type { AuthReason } from './auth-reasons.ts';
import { type Extractor, type FoundToken, placeOf } from './extractors.ts';
import {
  quoted,
  redacted,
  shown,
  shownError,
  shownList,
  shownMessage,
  typeOnly,
} from './printable.ts';
import {
  type ClaimFacts,
  expiredSentence,
  invalidSentence,
  mismatchSentence,
  missingSentence,
  notActiveSentence,
  tooOldSentence,
} from './rejected-claims.ts';
import { headerOf, type RequestLike } from './request.ts';

/** What is known about a rejected request beside its error. */
export interface Rejection {
  readonly request?: RequestLike | undefined;
  /** Where the authenticator looked. */
  readonly extractors?: readonly Extractor<never>[];
  /** What it found there. */
  readonly found?: readonly FoundToken[];
  readonly options?: VerifierOptions & { readonly key?: unknown; readonly verifier?: unknown };
  /** Replaces the sentence. */
  readonly note?: string | undefined;
  /** Whether the request goes on without a user. */
  readonly isIgnored?: boolean;
}

/** What the sentences are written from. */
interface Facts extends Rejection, ClaimFacts {
  readonly token: unknown;
  readonly header: object;
  readonly options: NonNullable<Rejection['options']>;
}

/**
 * Returns `401 claim_mismatch ERR_CLAIM_MISSING: "aud" is absent, expected "api"`. Of the token it names only
 * `alg`, `typ`, `kid`, `iss`, `aud` and times.
 */
export function rejectionLine(error: AuthError, rejection: Rejection): string {
  const inner = Object(error.inner) as JsonWebTokenError;
  const code = isErrorCode(inner.code) ? inner.code : undefined;
  const token = readToken(rejection);
  // An opaque token has no claims here; the message of its error says enough.
  const isUnread = !token.isJwt && code?.startsWith('ERR_CLAIM_');
  const sentenceOf = byReason[error.reason] ?? (code && !isUnread ? byCode[code] : undefined);
  const sentence =
    rejection.note ??
    sentenceOf?.({ options: {}, ...rejection, ...token, inner }) ??
    shownMessage(error.inner === undefined ? error.toJSON().error_description : inner.message);
  const end = rejection.isIgnored ? '; the request continues without a user' : '';
  return `${error.status} ${error.reason}${code ? ` ${code}` : ''}: ${sentence}${end}`;
}

function readToken({ found, options }: Rejection) {
  const token = found?.[0]?.token;
  const parsed = parsePaddedOrNot(token, options?.maxTokenLength ?? MAX_TOKEN_LENGTH);
  if (parsed instanceof Fault) return { isJwt: false, token, header: {}, claims: {} };
  const claims = parsed.readClaims();
  const { header } = parsed;
  return { isJwt: true, token, header, claims: claims instanceof Fault ? {} : claims };
}

type Sentence = (facts: Facts) => string;

/** Reasons without a code. */
const byReason: { readonly [reason in AuthReason]?: Sentence } = {
  token_missing: ({ extractors, request }) => {
    // getAuth has no extractors.
    if (!extractors || !request) return 'the request was accepted without a token';
    return `no token in ${extractors.map(placeOf).join(', ')}${schemeOf(request)}`;
  },
  credentials_conflict: ({ found = [] }) => {
    const sources = found.map(({ source }) => source);
    return `tokens in ${sources.join(' and ')}, expected one: "multiple" is "reject"`;
  },
  csrf_failed: ({ request }) => {
    const values = ['Origin', 'Sec-Fetch-Site', 'Host'].map((name) => {
      const value = request && headerOf(request, name.toLowerCase());
      return `"${name}" is ${shown(value && redacted(value))}`;
    });
    return `${values.join(', ')}; "origins" allows other sites`;
  },
  revocation_unavailable: ({ inner }) => `"isRevoked" threw ${shownError(inner)}`,
};

/** The other codes print the message of their error, which is a constant of the engine. */
const byCode: { readonly [code in ErrorCode]?: Sentence } = {
  ERR_TOKEN_MISSING: () => 'the token is empty',
  ERR_TOKEN_TYPE: ({ token }) => `the token is ${typeOnly(token)}, expected a string`,
  ERR_TOKEN_MALFORMED: shapeSentence,
  ERR_TOKEN_ENCRYPTED: () => 'the token has 5 parts, expected 3: it is encrypted (JWE)',
  ERR_HEADER_ALG: algSentence,
  ERR_HEADER_TYP: ({ header, inner: { expected } }) => {
    const types = [expected].flat();
    const orAbsent = types.includes(null) ? ' or no "typ"' : '';
    const list = shownList(types.filter((type) => type !== null));
    return `${member(header, 'typ')}, expected ${list}${orAbsent}`;
  },
  ERR_HEADER_KID: ({ header }) => {
    return `${member(header, 'kid')}, expected at most 256 printable characters`;
  },
  ERR_KEY_NOT_FOUND: ({ header, inner }) => {
    const [, reason] = /^no key was found for this token.*?: (.*)$/s.exec(inner.message) ?? [];
    const why = reason ? `: ${shownMessage(reason)}` : '';
    return `the key source has no key for this token; ${algAndKid(header)}${why}`;
  },
  ERR_KEY_SOURCE: (facts) => `${outageSentence(facts)}; ${algAndKid(facts.header)}`,
  ERR_SIGNATURE_MISSING: ({ header }) => `the token is not signed; ${algAndKid(header)}`,
  ERR_SIGNATURE_INVALID: ({ header, options }) => {
    return `the signature does not match ${keyName(options)}; ${algAndKid(header)}`;
  },
  ERR_INTROSPECTION: outageSentence,
  ERR_REPLAY_STORE: outageSentence,
  ERR_CLAIM_EXPIRED: expiredSentence,
  ERR_CLAIM_NOT_ACTIVE: notActiveSentence,
  ERR_CLAIM_TOO_OLD: tooOldSentence,
  ERR_CLAIM_MISSING: missingSentence,
  ERR_CLAIM_MISMATCH: mismatchSentence,
  ERR_CLAIM_INVALID: invalidSentence,
  ERR_CLAIM_SCHEMA: ({ inner: { claim } }) => {
    return `the claims do not match "schema"${claim ? `: see ${quoted(claim)}` : ''}`;
  },
};

function outageSentence({ inner: { message, cause } }: Facts): string {
  // Remote keys end their message with that of their cause.
  const isSaid = cause instanceof Error && message.endsWith(`: ${cause.message}`);
  const more = isSaid ? cause.cause : cause;
  return `${shownMessage(message)}${more === undefined ? '' : `: ${shownError(more)}`}`;
}

/** The scheme of another `Authorization`: never its value, which is a credential. */
function schemeOf(request: RequestLike): string {
  if (!request.headers) return '; the request has no "headers"';
  const value = headerOf(request, 'authorization');
  if (value === undefined) return '';
  if (/^bearer *$/i.test(value)) return '; "Authorization" has no token after "Bearer"';
  // A word alone is a credential, not a scheme.
  const [, scheme] = /^([a-z]{1,16}) /i.exec(value) ?? [];
  return `; "Authorization" has ${scheme ? `the scheme ${quoted(scheme)}` : 'no scheme'}`;
}

function shapeSentence({ token, inner }: Facts): string {
  if (inner.cause instanceof Error) return shownMessage(inner.cause.message);
  const parts = String(token).split('.', MAX_COUNTED_PARTS).length;
  if (parts === MAX_COUNTED_PARTS) return `the token has ${parts} parts or more, expected 3`;
  if (parts !== 3) return `the token has ${parts} part${parts === 1 ? '' : 's'}, expected 3`;
  return inner.message === 'invalid token'
    ? 'a part of the token is empty or not base64url'
    : 'a part of the token is not canonical base64url';
}

const MAX_COUNTED_PARTS = 10;

function algSentence({ header, options }: Facts): string {
  const keys = keysOf(options);
  const named = options.algorithms ?? keys?.flatMap((key) => defaultsOf(key, 'verify'));
  const alg = ownClaim(header, 'alg');
  if (!named || named.some((name) => name === alg)) {
    return `${member(header, 'alg')}, which is not for ${keyName(options)}`;
  }
  const origin = options.algorithms ? 'see "algorithms"' : `the default of ${keyName(options)}`;
  return `${member(header, 'alg')}, expected ${shownList([...new Set(named)])}: ${origin}`;
}

/** The keys that are known without a token; no key source is called. */
function keysOf({ key }: Facts['options']): readonly Key[] | undefined {
  if (key === undefined || key === null || typeof key === 'function') return undefined;
  return [key].flat().flatMap((one) => requireKeys(one, preparedKeyArgument('verify')));
}

/** Which kind of key was tried; nothing of its bytes. */
function keyName(options: Facts['options']): string {
  const keys = keysOf(options);
  if (!keys) return `the key of the ${options.key ? 'key source' : 'verifier'}`;
  const kinds = keys.map(({ kind, object }) => {
    if (kind === 'secret') return 'a secret';
    const { namedCurve } = object.asymmetricKeyDetails ?? {};
    return `a public key (${[object.asymmetricKeyType, namedCurve].filter(Boolean).join(', ')})`;
  });
  return kinds.length === 1 ? `the key, ${kinds[0]}` : `any key of ${kinds.join(', ')}`;
}

const member = (header: object, name: string) => `"${name}" is ${shown(ownClaim(header, name))}`;

const algAndKid = (header: object) => `${member(header, 'alg')}, ${member(header, 'kid')}`;
