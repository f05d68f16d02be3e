/** createKeyRing: the keys of an issuer, each published, active, retiring and gone in its time. */

import type { KeyObject } from 'node:crypto';
import { parseDuration, type Timespan } from '../../core/encoding/duration.ts';
import type { KeySource } from '../../core/keys/key-input.ts';
import * as option from '../../core/option-rules.ts';
import { compileInput } from '../../core/sign/create-signer.ts';
import type { JwtPayload } from '../../core/token/token.ts';
import { createVerifier, type Verifier } from '../../core/verify/create-verifier.ts';
import { usageError } from '../../errors.ts';
import { indexKeys } from '../jwks/jwk-set.ts';
import { jwksResponse } from '../jwks/jwks-response.ts';
import type { Jwks } from '../jwks/local.ts';
import { select } from '../jwks/select-key.ts';
import { type HeldKey, holdKey, type RingKey } from './ring-key.ts';
import {
  activate,
  activeKid,
  type KeyState,
  type KeyTimes,
  publish,
  type Rotation,
  revoke,
  startRotation,
  stateOf,
  timesOf,
} from './rotation-schedule.ts';

/**
 * Options of {@link createKeyRing}.
 *
 * @example
 * ```ts
 * const options: KeyRingOptions = { expiresIn: '15m', issuer: 'https://id.example' };
 * const ring = createKeyRing([{ key: privateKey }], options);
 * ```
 */
export interface KeyRingOptions {
  /** Life of every token. A key that signs no more verifies for so long. */
  expiresIn: Timespan;
  /** How long a key is published before it signs; caches may keep the set for half of it. Default `'1h'`. */
  leadTime?: Timespan;
  /** `iss` of every token, which is also demanded. */
  issuer?: string;
  /** `aud` of every token; one of these is also demanded. */
  audience?: string | readonly string[];
  /** `typ` of the header of every token, which is also demanded. Default: `JWT`, not demanded. */
  typ?: string;
  /** `jti`: a function that is asked for every token. */
  jwtid?: () => string;
  /** Allowed difference of clocks when tokens are verified; a key stays for as much longer. Default 0. */
  clockTolerance?: Timespan;
  /** The time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

/**
 * A key of a ring, as it stands.
 *
 * @example
 * ```ts
 * const ring = createKeyRing([{ key: privateKey }], { expiresIn: '15m' });
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
 * The keys of an issuer. Each function can be used without the ring.
 *
 * @example
 * ```ts
 * const ring: KeyRing = createKeyRing([{ key: secret, kid: 'main' }], { expiresIn: '15m' });
 * const claims = ring.verify(await ring.sign({ sub: 'ada' }));
 * ```
 */
export interface KeyRing {
  /** Signs claims with the active key, and names it. Throws TypeError for claims that cannot be signed. */
  readonly sign: (payload: object) => Promise<string>;
  /** Verifies a token of this ring, with its `issuer`, `audience` and `typ`. */
  readonly verify: Verifier<JwtPayload>;
  /** The keys that verify now, for a verifier with more options. */
  readonly keys: KeySource<readonly KeyObject[]>;
  /**
   * Adds a key: it verifies at once, and signs from `activeAt` on, by default when `leadTime` has passed.
   * The key before it retires then.
   */
  readonly publish: (key: RingKey) => KeyStatus;
  /** Lets a key sign from now on, before its time or once more; the key before it retires. */
  readonly activate: (kid: string) => KeyStatus;
  /** Takes a key out: its tokens are refused from now on. The active key cannot be taken. */
  readonly revoke: (kid: string) => void;
  /** Every key that is not gone, in the order in which they were given. */
  readonly status: () => KeyStatus[];
  /** The public keys that are not gone (RFC 7517 §5). Secrets and private members never appear. */
  readonly jwks: () => Jwks;
  /** The same as a response with `Cache-Control` and `ETag`; 304 where the request has it already. */
  readonly response: (request?: Request) => Response;
}

const rules: option.OptionRules = {
  expiresIn: option.positiveDuration,
  leadTime: option.positiveDuration,
  issuer: option.string,
  audience: option.stringOrList,
  typ: option.string,
  jwtid: option.callable,
  clockTolerance: option.positiveDuration,
  clock: option.callable,
};

/** A key with what it signs. */
interface Member extends HeldKey {
  /** Claims to signing input. */
  inputOf(payload: unknown): string;
}

/**
 * Holds the keys of an issuer and rotates them: a key is published before it signs, so that every verifier
 * knows it in time, and verifies after it has signed, until its last token has ended.
 *
 * What happens when is a function of the clock and of each key's `activeAt`: processes that are given the
 * same keys sign, verify and publish alike without a word between them. One key may lack `activeAt`: it
 * signs until another begins to.
 *
 * Throws TypeError for an unknown option, a key that cannot sign, a `kid` that is given twice, two keys
 * that begin to sign in one second, and where no key signs yet.
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
  // Checked above every use: from here on the values have the types that the rules name.
  const own = option.checkOptions(options, rules) as Partial<KeyRingOptions>;
  const { clock } = own;
  const life = parseDuration(own.expiresIn)?.seconds;
  if (life === undefined) throw usageError('ERR_OPTION_INVALID', '"expiresIn" must be given');
  const keep = life + (parseDuration(own.clockTolerance)?.seconds ?? 0);
  const leadTime = parseDuration(own.leadTime)?.seconds ?? 3600;
  const seconds = () => Math.floor((clock ? clock() : Date.now()) / 1000);

  // The second that chose the key also dates the token: the key may have retired a second later.
  let signedAt = 0;
  const read = (given: RingKey): Member => {
    const key = holdKey(given);
    const { expiresIn, issuer, audience, jwtid, typ } = own;
    const header = typ && { typ };
    const clock = () => signedAt * 1000;
    const written = { expiresIn, issuer, audience, jwtid, header, keyid: key.kid, clock };
    return { ...key, inputOf: compileInput(key.algorithm, option.copyOwnProperties(written)) };
  };

  const first = [...keys].map(read);
  const terms = first.map(({ kid, activeAt }) => ({ kid, from: activeAt ?? 0 }));
  let rotation = startRotation(terms, keep, seconds());
  let members = membersOf(rotation, first);
  let index = indexKeys([...members.values()]);
  const follow = (next: Rotation, known: Iterable<Member> = members.values()): void => {
    rotation = next;
    members = membersOf(next, known);
    index = indexKeys([...members.values()]);
  };

  const statusOf = ({ kid, algorithm }: Member, now: number): KeyStatus => {
    const times = timesOf(rotation, kid);
    return { kid, algorithm, state: stateOf(times, now), ...times };
  };
  const isHere = (kid: string, now: number) => stateOf(timesOf(rotation, kid), now) !== 'gone';
  const present = (now = seconds()): Member[] => {
    return [...members.values()].filter(({ kid }) => isHere(kid, now));
  };
  const jwks = (): Jwks => {
    return { keys: present().flatMap(({ jwk }) => (jwk ? [{ ...jwk }] : [])) };
  };
  const source: KeySource<readonly KeyObject[]> = ({ header }) => {
    const now = seconds();
    const found = select(header, index).filter(({ kid = '' }) => isHere(kid, now));
    return found.map(({ key }) => key);
  };

  return {
    async sign(payload) {
      if (option.isPlainObject(payload) && Object.hasOwn(payload, 'iat')) {
        const message = 'the ring writes "iat": how long a key verifies is counted from it';
        throw usageError('ERR_CLAIM_INVALID', message);
      }
      signedAt = seconds();
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
    keys: source,
    publish(key) {
      const member = read(key);
      const now = seconds();
      const from = member.activeAt ?? now + Math.ceil(leadTime);
      follow(publish(rotation, member.kid, from, now), [...members.values(), member]);
      return statusOf(member, now);
    },
    activate(kid) {
      const now = seconds();
      follow(activate(rotation, kid, now));
      return statusOf(members.get(kid) as Member, now);
    },
    revoke(kid) {
      follow(revoke(rotation, kid, seconds()));
    },
    status() {
      const now = seconds();
      return present(now).map((member) => statusOf(member, now));
    },
    jwks,
    response: (request) => jwksResponse(jwks(), Math.floor(leadTime / 2), request),
  };
}

function membersOf({ kids }: Rotation, known: Iterable<Member>): Map<string, Member> {
  const kept = [...known].filter(({ kid }) => kids.includes(kid));
  return new Map(kept.map((member) => [member.kid, member]));
}
