/** Writes tokens of any text, with the genuine key, with other keys and without one. */

import { createHmac, type KeyObject, sign as signBytes } from 'node:crypto';
import { encodeBase64url } from '../../core/encoding/base64url.ts';
import type { Algorithm } from '../../core/keys/algorithms.ts';
import { bind, type Key } from '../../core/keys/key.ts';
import { signingInput } from '../../core/token/token.ts';
import { attackerKey } from './attacker-keys.ts';
import type { GenuineToken } from './fixtures.ts';

/** Members to replace. An `undefined` one is removed. */
export type Changes = Readonly<Record<string, unknown>>;

/** Thrown by {@link Forge} for a token that the fixtures do not suffice for. */
export class CannotForge extends Error {}

/** The bits of the HMAC algorithms. */
export const HMACS = [256, 384, 512] as const;

const ONE_HOUR = 3600;

/** Writes genuine and forged tokens. */
export class Forge {
  readonly genuine: GenuineToken;
  /** The origin at which the kit serves keys of the attacker. */
  baitUrl = 'http://attacker.invalid';
  #genuineToken: string | undefined;

  constructor(genuine: GenuineToken) {
    this.genuine = genuine;
  }

  get algorithm(): Algorithm {
    return this.genuine.algorithm;
  }

  /** Whether the genuine token is signed with a secret. */
  get isSymmetric(): boolean {
    return this.algorithm.startsWith('HS');
  }

  get publicKey(): KeyObject {
    return this.genuine.publicKey ?? cannot('the fixtures have no public key');
  }

  /** The time in seconds. */
  get now(): number {
    return Math.floor(this.genuine.now() / 1000);
  }

  /** The genuine header with changes. */
  header(changes: Changes = {}): Record<string, unknown> {
    return merge(this.genuine.header, changes);
  }

  /** The genuine claims with changes. */
  claims(changes: Changes = {}): Record<string, unknown> {
    const { now } = this;
    return merge({ iat: now, exp: now + ONE_HOUR, ...this.genuine.claims }, changes);
  }

  /** The genuine claims as JSON. */
  claimsText(): string {
    return JSON.stringify(this.claims());
  }

  /**
   * A token that the target must accept: always the same one, so that a target which stores what it has
   * accepted knows the token that a case changes.
   */
  genuineToken(): string {
    this.#genuineToken ??= this.genuine.token ?? this.signed();
    return this.#genuineToken;
  }

  /** Signs another genuine token from now on. */
  renew(): void {
    this.#genuineToken = undefined;
  }

  /** A token of the genuine key. */
  signed(header: Changes = {}, claims: Changes = {}): string {
    return this.signText(JSON.stringify(this.header(header)), JSON.stringify(this.claims(claims)));
  }

  /** A token of the genuine key with free text. */
  signText(header: string | Uint8Array, payload: string | Uint8Array): string {
    return this.signInput(`${encodeBase64url(header)}.${encodeBase64url(payload)}`);
  }

  /** A token of the genuine key whose first two parts are `input`. */
  signInput(input: string): string {
    return `${input}.${bind(this.algorithm, this.#key).sign(input)}`;
  }

  /** A token of the genuine key under another algorithm that the key can compute. */
  signUnder(algorithm: Algorithm): string {
    const input = signingInput(this.header({ alg: algorithm }), this.claimsText());
    return `${input}.${bind(algorithm, this.#key).sign(input)}`;
  }

  /** A token of the genuine key, signed by node:crypto with its own parameters. */
  signWith(header: Changes, hash: string | null, parameters: object): string {
    const input = signingInput(this.header(header), this.claimsText());
    const key = Object.assign(Object.create(null), { key: this.#key.object, ...parameters });
    return `${input}.${signBytes(hash, Buffer.from(input), key).toString('base64url')}`;
  }

  /** Signature of a genuine token, and the parts that it is over. */
  genuineParts(): { input: string; header: string; payload: string; signature: Buffer } {
    const token = this.genuineToken();
    const [header = '', payload = '', signature = ''] = token.split('.');
    const input = `${header}.${payload}`;
    return { input, header, payload, signature: Buffer.from(signature, 'base64url') };
  }

  /** A token with the genuine claims and these bytes or this text as signature. */
  unsigned(header: Changes, signature: string | Uint8Array = ''): string {
    const input = signingInput(this.header(header), this.claimsText());
    return `${input}.${typeof signature === 'string' ? signature : encodeBase64url(signature)}`;
  }

  /** A token with the genuine claims, signed with a secret of the attacker. */
  hmac(bits: number, secret: string | Uint8Array, header: Changes = {}): string {
    const alg = `HS${bits}`;
    const input = signingInput(this.header({ alg, ...header }), this.claimsText());
    return `${input}.${createHmac(`sha${bits}`, secret).update(input).digest('base64url')}`;
  }

  /** A token with the genuine claims, signed with a key of the attacker. */
  byAttacker(header: Changes = {}, algorithm: Algorithm = this.algorithm): string {
    const changes = { alg: algorithm, ...header };
    const input = signingInput(this.header(changes), this.claimsText());
    return `${input}.${bind(algorithm, this.attackerKey(algorithm)).sign(input)}`;
  }

  attackerKey(algorithm: Algorithm): Key {
    return attackerKey(algorithm, this.genuine.publicKey?.asymmetricKeyType);
  }

  get #key(): Key {
    return this.genuine.key ?? cannot('the fixtures have no key to sign with');
  }
}

/** Throws {@link CannotForge}. */
export function cannot(reason: string): never {
  throw new CannotForge(reason);
}

function merge(base: Changes, changes: Changes): Record<string, unknown> {
  const members = Object.entries({ ...base, ...changes });
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}
