/** Checks the options of a test issuer. */

import { type Duration, parseDuration, type Timespan } from '../../core/encoding/duration.ts';
import { allAlgorithms, rowOf } from '../../core/keys/algorithms.ts';
import * as option from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';
import type { KeyAlgorithm } from '../../jwk/generate.ts';
import { oneOf } from '../one-of.ts';

/**
 * Options of {@link createTestIssuer}.
 *
 * @example
 * ```ts
 * const options: TestIssuerOptions = { audience: 'api', algorithm: 'ES256' };
 * const issuer = await createTestIssuer(options);
 * console.log(issuer.issuer); // → https://issuer.test
 * ```
 */
export interface TestIssuerOptions {
  /** The URL of the issuer, which is `iss` of its tokens. Default `'https://issuer.test'`. */
  issuer?: string;
  /** Algorithm of the keys. Default `'RS256'`; `'ES256'` and `'EdDSA'` create their keys faster. */
  algorithm?: Exclude<KeyAlgorithm, `HS${number}`>;
  /** `aud` of the tokens. Default: absent. */
  audience?: string | readonly string[];
  /** `typ` of the header, such as `'at+jwt'`. Default `'JWT'`. */
  typ?: string;
  /** Lifetime of the tokens. After a rotation the previous key stays in the set for that long. Default `'5m'`. */
  expiresIn?: Timespan;
  /** Returns the time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
  /**
   * Listens on 127.0.0.1 over HTTP, for apps in other processes: on this port, or with `true` on a free
   * one. `issuer` of the result is then the URL. Default `false`.
   */
  listen?: boolean | number;
}

/** Checked options. */
export interface IssuerSettings {
  readonly issuer: string | undefined;
  readonly algorithm: KeyAlgorithm;
  readonly audience: string | readonly string[] | undefined;
  readonly typ: string;
  readonly lifetime: Duration;
  readonly clock: (() => number) | undefined;
  /** 0 selects a free port; `undefined` listens on none. */
  readonly port: number | undefined;
}

/** A JWK Set has no secrets. */
const algorithms = allAlgorithms.filter((alg) => {
  return alg !== 'none' && !rowOf(alg).keyTypes.includes('secret');
});

const issuerRules: option.OptionRules = {
  issuer: {
    expected: 'an https: or http: URL without credentials, query and fragment',
    test: isIssuer,
  },
  algorithm: oneOf(algorithms),
  audience: option.stringOrList,
  typ: option.string,
  expiresIn: option.positiveDuration,
  clock: option.callable,
  listen: {
    expected: 'a boolean, or a port from 1 to 65535',
    test: (value) => typeof value === 'boolean' || isPort(value),
  },
};

/** Checks the options. Throws TypeError. */
export function readIssuerOptions(options: TestIssuerOptions): IssuerSettings {
  // Checked: the values have the types of the rules.
  const own = option.checkOptions(options, issuerRules) as TestIssuerOptions;
  const { issuer, algorithm = 'RS256', audience, typ = 'JWT', clock, listen = false } = own;
  if (issuer !== undefined && listen !== false) {
    const message = '"issuer" and "listen" exclude each other: with "listen" the issuer is the URL';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const lifetime = parseDuration(own.expiresIn ?? '5m') as Duration;
  const port = typeof listen === 'number' ? listen : listen ? 0 : undefined;
  return { issuer, algorithm, audience, typ, lifetime, clock, port };
}

/** RFC 8414 §2, and `http:` for issuers on this machine. */
function isIssuer(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value) || /[?#]/.test(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username + password === '';
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;
}
