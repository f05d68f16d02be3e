/** Turns options of the command line into those of `createVerifier`. */

import { parseDuration, type Timespan } from '../../core/encoding/duration.ts';
import { type Algorithm, allAlgorithms, isAlgorithm } from '../../core/keys/algorithms.ts';
import type { VerifierOptions } from '../../core/verify/verifier-options.ts';
import { type Arguments, suggestion } from '../args.ts';
import { wrongUsage } from '../command-error.ts';

export const checkOptions = {
  algorithm: { type: 'list' },
  iss: { type: 'list' },
  aud: { type: 'list' },
  sub: { type: 'string' },
  jti: { type: 'string' },
  nonce: { type: 'string' },
  typ: { type: 'list' },
  require: { type: 'list' },
  'max-age': { type: 'string' },
  'clock-tolerance': { type: 'string' },
  'ignore-expiration': { type: 'boolean' },
  'ignore-not-before': { type: 'boolean' },
  'allow-padding': { type: 'boolean' },
} as const;

export const checkHelp = `Checks; those with a plus can be repeated:
  --algorithm <name> +   Accept this algorithm. Default: that of the key
  --iss <value> +        Expect this "iss"
  --aud <value> +        Expect this "aud"
  --sub <value>          Expect this "sub"; also --jti and --nonce
  --typ <type> +         Expect this "typ" in the header, such as at+jwt
  --require <claim> +    Reject the token without this claim
  --max-age <time>       Longest time since "iat": seconds, or 15m, 2h, 7d
  --clock-tolerance <time>
                         Allowed clock difference. Default: 0
  --ignore-expiration    Accept an expired token
  --ignore-not-before    Accept a token that is not active yet
  --allow-padding        Accept only parts padded with "=", as of AWS
`;

/** Returns the options of a verifier. Throws for a value that no verifier takes. */
export function toVerifierOptions(
  values: Arguments<typeof checkOptions>['values'] & { readonly issuer?: string },
): VerifierOptions {
  if (values.issuer !== undefined && values.iss) {
    throw wrongUsage('"--issuer" expects that "iss": pass no "--iss"');
  }
  const options = {
    algorithms: values.algorithm?.map((name) => toAlgorithm(name)),
    issuer: values.iss ?? values.issuer,
    audience: values.aud,
    subject: values.sub,
    jwtid: values.jti,
    nonce: values.nonce,
    typ: values.typ,
    requiredClaims: values.require,
    maxAge: toDuration(values['max-age'], 'max-age'),
    clockTolerance: toDuration(values['clock-tolerance'], 'clock-tolerance'),
    ignoreExpiration: values['ignore-expiration'],
    ignoreNotBefore: values['ignore-not-before'],
    allowPadding: values['allow-padding'],
  };
  return withoutUndefined(options);
}

/** An option that is present and undefined is an error of the library. */
export function withoutUndefined<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as never;
}

/** Returns the algorithm of a name. `none` is of no command. */
export function toAlgorithm(name: string): Exclude<Algorithm, 'none'> {
  if (isAlgorithm(name) && name !== 'none') return name;
  const names = allAlgorithms.filter((alg) => alg !== 'none');
  const hint = suggestion(name, names) ?? `expected one of ${names.join(', ')}`;
  throw wrongUsage(`unknown algorithm: ${hint}`);
}

/** Returns the duration of an option: seconds, or a timespan with its unit. */
export function toDuration(text: string | undefined, option: string): Timespan | undefined {
  return text === undefined ? undefined : parseTime(text, `"--${option}"`);
}

/** Parses a duration. `name` says in errors what it is. */
export function parseTime(text: string, name: string): Timespan {
  const value = /^\d+$/.test(text) ? Number(text) : text;
  const seconds = parseDuration(value)?.seconds ?? -1;
  if (seconds >= 0) return value as Timespan;
  throw wrongUsage(`${name} must be a number of seconds, or a time such as 15m, 2h or 7d`);
}
