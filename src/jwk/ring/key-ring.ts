/** Holds and rotates the keys of an issuer. */

import type { KeyObject } from 'node:crypto';
import { readClock } from '../../core/clock.ts';
import { parseDuration, type Timespan } from '../../core/encoding/duration.ts';
import type { KeySource } from '../../core/keys/key-input.ts';
import * as option from '../../core/option-rules.ts';
import { createInput } from '../../core/sign/create-signer.ts';
import type { JwtPayload } from '../../core/token/token.ts';
import { createVerifier, type Verifier } from '../../core/verify/create-verifier.ts';
import { withLister } from '../../core/verify/listed-keys.ts';
import { usageError } from '../../errors.ts';
import { indexKeys } from '../jwks/jwk-set.ts';
import { jwksResponse } from '../jwks/jwks-response.ts';
import type { Jwks } from '../jwks/local.ts';
import { selectKeys } from '../jwks/select-key.ts';
import { type PreparedKey, prepareKey, type RingKey } from './ring-key.ts';
import {
  activate,
  activeKid,
  isPresent,
  type KeyState,
  type KeyTimes,
  keyTimes,
  publish,
  type Rotation,
  revoke,
  startRotation,
  stateOf,
} from './rotation-schedule.ts';

/**
 * Options of {@link createKeyRing}.
 *
 * @example
 * ```ts
 * const options: KeyRingOptions = { expiresIn: '15m', issuer: 'https://id.example' };
 * const ring = createKeyRing([{ key: await generateKey('EdDSA') }], options);
 * ```
 */
export interface KeyRingOptions {
  /** Lifetime of every token. A retiring key verifies for that long. */
  expiresIn: Timespan;
  /** How long a key is published before it signs. Caches store the set for half of it. Default `'1h'`. */
  leadTime?: Timespan;
  /** `iss` of every token, also required by `verify`. */
  issuer?: string;
  /** `aud` of every token. `verify` requires one of these. */
  audience?: string | readonly string[];
  /** `typ` of the header of every token, also required by `verify`. Default: `JWT`, not required. */
  typ?: string;
  /** Returns the `jti` of each token. */
  jwtid?: () => string;
  /** Allowed clock difference when tokens are verified. A key stays for that much longer. Default 0. */
  clockTolerance?: Timespan;
  /** Returns the time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

/**
 * State of a key of a ring.
 *
 * @example
 * ```ts
 * const ring = createKeyRing([{ key: await generateKey('EdDSA') }], { expiresIn: '15m' });
 * const [status]: KeyStatus[] = ring.status();
 * console.log(status?.state); // → active
 * ```
 */
export interface KeyStatus extends KeyTimes {
  readonly kid: string;
  readonly algorithm: string;
  readonly state: KeyState;
}

/**
 * The keys of an issuer. Each function can be used detached from the ring.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const ring: KeyRing = createKeyRing([{ key: JWT_SECRET, kid: 'main' }], { expiresIn: '15m' });
 * const claims = ring.verify(await ring.sign({ sub: 'ada' }));
 * ```
 */
export interface KeyRing {
  /** Signs claims with the active key, named in `kid`. Throws TypeError for claims that cannot be signed. */
  readonly sign: (payload: object) => Promise<string>;
  /** Verifies a token of this ring, with its `issuer`, `audience` and `typ`. */
  readonly verify: Verifier<JwtPayload>;
  /** Key source with the keys that verify now, for a verifier with more options. */
  readonly keys: KeySource<readonly KeyObject[]>;
  /**
   * Adds a key. It verifies at once and signs from `activeAt` on, by default after `leadTime`. The key
   * before it then retires.
   */
  readonly publish: (key: RingKey) => KeyStatus;
  /** Lets a key sign from now on, also before its time or again. The key before it retires. */
  readonly activate: (kid: string) => KeyStatus;
  /** Removes a key: its tokens are rejected from now on. The active key cannot be removed. */
  readonly revoke: (kid: string) => void;
  /** Returns every key that is not gone, in the order in which they were added. */
  readonly status: () => KeyStatus[];
  /** Returns the public keys that are not gone (RFC 7517 §5). Never secrets or private members. */
  readonly jwks: () => Jwks;
  /** Returns the same as a response with `Cache-Control` and `ETag`, or 304 if the client has it. */
  readonly response: (request?: Request) => Response;
}

const ringRules: option.OptionRules = {
  expiresIn: option.positiveDuration,
  leadTime: option.positiveDuration,
  issuer: option.string,
  audience: option.stringOrList,
  typ: option.string,
  jwtid: option.callable,
  clockTolerance: option.positiveDuration,
  clock: option.callable,
};

/** A key with the claims that the ring writes. */
interface RingMember extends PreparedKey {
  /** Returns the signing input for claims. */
  inputOf(payload: unknown): string;
}

/**
 * Creates a ring that holds and rotates the keys of an issuer. A key is published before it signs, so that
 * every verifier has it in time, and verifies until its last token has expired.
 *
 * The state depends only on the clock and on the `activeAt` of each key. Processes with the same keys sign,
 * verify and publish alike without communication. One key can lack `activeAt`: it signs until the next.
 *
 * Throws TypeError for an unknown option, a key that cannot sign, a duplicate `kid`, two keys with the same
 * `activeAt`, and if no key signs yet.
 *
 * @example
 * ```ts
 * const ring = createKeyRing([{ key: await generateKey('ES256') }], {
 *   issuer: 'https://id.example',
 *   expiresIn: '15m',
 * });
 * const token = await ring.sign({ sub: 'ada' });
 * const claims = ring.verify(token);
 *
 * ring.publish({ key: await generateKey('ES256') }); // signs in an hour, and the first retires
 * const document = ring.jwks(); // the public halves of both
 * ```
 */
export function createKeyRing(keys: readonly RingKey[], options: KeyRingOptions): KeyRing {
  // Checked here: below, the values have the types of the rules.
  const own = option.checkOptions(options, ringRules) as Partial<KeyRingOptions>;
  const { clock } = own;
  const lifetime = parseDuration(own.expiresIn)?.seconds;
  if (lifetime === undefined) throw usageError('ERR_OPTION_INVALID', '"expiresIn" is required');
  const retention = lifetime + (parseDuration(own.clockTolerance)?.seconds ?? 0);
  const leadTime = parseDuration(own.leadTime)?.seconds ?? 3600;
  const nowSeconds = () => Math.floor(readClock(clock) / 1000);

  // The second that selected the key also dates the token: the key may retire a second later.
  let signedAt = 0;
  const toMember = (input: RingKey): RingMember => {
    const key = prepareKey(input);
    const { expiresIn, issuer, audience, jwtid, typ } = own;
    const header = typ && { typ };
    const clock = () => signedAt * 1000;
    const signerOptions = { expiresIn, issuer, audience, jwtid, header, keyid: key.kid, clock };
    return {
      ...key,
      inputOf: createInput(key.algorithm, option.copyOwnProperties(signerOptions)),
    };
  };

  const initial = [...keys].map(toMember);
  const periods = initial.map(({ kid, activeAt }) => ({ kid, from: activeAt ?? 0 }));
  let rotation = startRotation(periods, retention, nowSeconds());
  let members = membersOf(rotation, initial);
  let index = indexKeys([...members.values()]);
  const applyRotation = (next: Rotation, all: Iterable<RingMember> = members.values()): void => {
    rotation = next;
    members = membersOf(next, all);
    index = indexKeys([...members.values()]);
  };

  const statusOf = ({ kid, algorithm }: RingMember, now: number): KeyStatus => {
    const times = keyTimes(rotation, kid);
    return { kid, algorithm, state: stateOf(times, now), ...times };
  };
  const presentMembers = (now = nowSeconds()): RingMember[] => {
    return [...members.values()].filter(({ kid }) => isPresent(rotation, kid, now));
  };
  const jwks = (): Jwks => {
    return { keys: presentMembers().flatMap(({ jwk }) => (jwk ? [{ ...jwk }] : [])) };
  };
  const source: KeySource<readonly KeyObject[]> = ({ header }) => {
    const now = nowSeconds();
    const selected = selectKeys(header, index).filter(({ kid = '' }) =>
      isPresent(rotation, kid, now),
    );
    return selected.map(({ key }) => key);
  };

  return {
    async sign(payload) {
      if (option.isPlainObject(payload) && Object.hasOwn(payload, 'iat')) {
        const message = 'the ring writes "iat", which sets how long the key verifies: omit it';
        throw usageError('ERR_CLAIM_INVALID', message);
      }
      signedAt = nowSeconds();
      const member = members.get(activeKid(rotation, signedAt) ?? '');
      if (!member) throw usageError('ERR_KEY_NOT_FOUND', 'no key of the ring signs at this time');
      const input = member.inputOf(payload);
      return `${input}.${await member.makeSignature(input)}`;
    },
    verify: createVerifier(source, {
      issuer: own.issuer ?? false,
      audience: own.audience ?? false,
      typ: own.typ ?? false,
      clockTolerance: own.clockTolerance ?? 0,
      ...(clock && { clock }),
    }),
    keys: withLister(source, presentMembers),
    publish(key) {
      const member = toMember(key);
      const now = nowSeconds();
      const from = member.activeAt ?? now + Math.ceil(leadTime);
      applyRotation(publish(rotation, member.kid, from, now), [...members.values(), member]);
      return statusOf(member, now);
    },
    activate(kid) {
      const now = nowSeconds();
      applyRotation(activate(rotation, kid, now));
      return statusOf(members.get(kid) as RingMember, now);
    },
    revoke(kid) {
      applyRotation(revoke(rotation, kid, nowSeconds()));
    },
    status() {
      const now = nowSeconds();
      return presentMembers(now).map((member) => statusOf(member, now));
    },
    jwks,
    response: (request) => jwksResponse(jwks(), Math.floor(leadTime / 2), request),
  };
}

function membersOf({ kids }: Rotation, all: Iterable<RingMember>): Map<string, RingMember> {
  const byKid = new Map([...all].map((member) => [member.kid, member]));
  return new Map(kids.map((kid) => [kid, byKid.get(kid) as RingMember]));
}
