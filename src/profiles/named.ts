/** Verifies the tokens of workloads and of Firebase users, by the name of who issues them. */

import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import { type Claims, ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import type { StandardSchema } from '../core/token/standard-schema.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type Verifier, verifierOf } from '../core/verify/create-verifier.ts';
import { usageError, withCallerStack } from '../errors.ts';
import { createRemoteJwks } from '../jwk/remote/create-remote-jwks.ts';
import {
  asKindCheck,
  compileProfile,
  type ProfileOptions,
  profileRules,
  requireOptions,
  withoutRules,
} from './profile.ts';
import { namedKinds } from './table.ts';

/**
 * Who issues the tokens.
 *
 * @example
 * ```ts
 * const name: ProfileName = 'github-actions';
 * ```
 */
export type ProfileName =
  | 'github-actions'
  | 'google-service'
  | 'kubernetes'
  | 'spiffe'
  | 'firebase';

/** Options of every name, and those of an issuer whose URLs are known. */
interface WithAudience extends ProfileOptions {
  /** Your service: accepted `aud`. */
  audience: string | readonly string[];
}

interface HostedOptions extends ProfileOptions {
  /** Key or key source. Default: the JWK Set that the issuer publishes, fetched with the first token. */
  key?: KeyInput | KeySource;
  /** Accepted `iss`, with a `key`: for another instance, such as GitHub Enterprise Server. */
  issuer?: string | readonly string[];
}

/**
 * The options of {@link createProfileVerifier} for each name. The claim that decides is one value or a list, and is
 * compared exactly.
 *
 * @example
 * ```ts
 * const options: ProfileVerifierOptions['github-actions'] = {
 *   audience: 'https://deploy.example',
 *   repository: 'octo-org/octo-repo',
 * };
 * ```
 */
export interface ProfileVerifierOptions {
  /** `repository`: `'owner/name'`. Check `ref` and `workflow_ref` of the claims, too. */
  'github-actions': HostedOptions & WithAudience & { repository: string | readonly string[] };
  /** `email`: the address of a service account. */
  'google-service': HostedOptions & WithAudience & { email: string | readonly string[] };
  /** `serviceAccount`: `'namespace/name'`. `key` and `issuer` are those of the cluster. */
  kubernetes: WithAudience & {
    key: KeyInput | KeySource;
    issuer: string | readonly string[];
    serviceAccount: string | readonly string[];
  };
  /** `trustDomain`: such as `'example.org'`. `key` is from its bundle. */
  spiffe: WithAudience & {
    key: KeyInput | KeySource;
    issuer?: string | readonly string[];
    trustDomain: string | readonly string[];
  };
  /** `project`: the id of your project, which is `aud` and the end of `iss`. */
  firebase: Omit<HostedOptions, 'issuer'> & { project: string | readonly string[] };
}

/**
 * The claims that {@link createProfileVerifier} has checked, for each name.
 *
 * @example
 * ```ts
 * const isMain = ({ ref }: ProfileClaims['github-actions']) => ref === 'refs/heads/main';
 * ```
 */
export interface ProfileClaims {
  'github-actions': IssuedClaims & { repository: string; ref: string; workflow_ref: string };
  'google-service': IssuedClaims & { email: string; email_verified: true };
  kubernetes: IssuedClaims & { 'kubernetes.io': Record<string, unknown> };
  spiffe: JwtPayload & { sub: string; aud: string | string[]; exp: number };
  firebase: IssuedClaims & { auth_time: number; firebase: Record<string, unknown> };
}

interface IssuedClaims extends JwtPayload {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
}

/** What the tokens of one name are checked for, beside their row of the table. */
interface Deciding {
  /** The option that decides, and what its values are. */
  readonly option: string;
  readonly expected: string;
  readonly pattern: RegExp;
  readonly issuer: string | undefined;
  readonly keys: string | undefined;
  /** The claim that is compared with the option. */
  readonly claim: string;
  accepts(value: string, allowed: readonly string[]): boolean;
}

/** The caller passes both. */
const GIVEN = { issuer: undefined, keys: undefined };

const isOneOf = (value: string, allowed: readonly string[]) => allowed.includes(value);

/**
 * A SPIFFE ID with its trust domain, SPIFFE-ID §2: no dot segment, which a URL parser would resolve. It has a path:
 * the id of the trust domain itself is no workload.
 */
const WORKLOAD = /^spiffe:\/\/([^/]+)(?:\/(?!\.{1,2}(?:\/|$))[\w.-]+)+$/;

const deciding = {
  'github-actions': {
    option: 'repository',
    expected: "'owner/name'",
    pattern: /^[\w.-]+\/[\w.-]+$/,
    issuer: 'https://token.actions.githubusercontent.com',
    keys: 'https://token.actions.githubusercontent.com/.well-known/jwks',
    claim: 'repository',
    accepts: isOneOf,
  },
  'google-service': {
    option: 'email',
    expected: 'the address of a service account',
    pattern: /^[^@]+@(?:.+\.)?gserviceaccount\.com$/,
    issuer: 'https://accounts.google.com',
    keys: 'https://www.googleapis.com/oauth2/v3/certs',
    claim: 'email',
    accepts: isOneOf,
  },
  kubernetes: {
    option: 'serviceAccount',
    expected: "'namespace/name'",
    pattern: /^[a-z0-9-]+\/[a-z0-9.-]+$/,
    ...GIVEN,
    claim: 'sub',
    accepts: (sub, allowed) =>
      allowed.some((account) => sub === `system:serviceaccount:${account.replace('/', ':')}`),
  },
  spiffe: {
    option: 'trustDomain',
    expected: "a trust domain such as 'example.org', in lower case",
    pattern: /^[a-z0-9._-]{1,255}$/,
    ...GIVEN,
    claim: 'sub',
    accepts: (sub, allowed) => allowed.includes(WORKLOAD.exec(sub)?.[1] ?? ''),
  },
  firebase: {
    option: 'project',
    expected: 'the id of a project',
    pattern: /^[a-z0-9-]+$/,
    issuer: undefined,
    keys: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    claim: 'aud',
    accepts: isOneOf,
  },
} satisfies Record<ProfileName, Deciding>;

const names = Object.keys(deciding);

/**
 * Creates a function that verifies the tokens of GitHub Actions, of Google service accounts, of Kubernetes service
 * accounts, of SPIFFE workloads or of Firebase users. Each name requires the claim that decides: without it, every
 * repository, account or project of the issuer is accepted.
 *
 * Takes the options of `createVerifier` except `typ`, `nonce`, `ignoreExpiration`, `complete` and `async`. The
 * function returns a promise. It rejects as one of `createVerifier` does, with JsonWebTokenError `ERR_TOKEN_KIND`
 * for a token of another kind, and `ERR_CLAIM_MISMATCH` for another repository, account or project.
 *
 * Throws TypeError for invalid options.
 *
 * @example
 * ```ts
 * const verify = createProfileVerifier('github-actions', {
 *   audience: 'https://deploy.example',
 *   repository: 'octo-org/octo-repo',
 * });
 * // later: const { ref, workflow_ref } = await verify(token);
 * ```
 */
export function createProfileVerifier<Name extends ProfileName, Output>(
  name: Name,
  options: ProfileVerifierOptions[Name] & { schema: StandardSchema<Output> },
): Verifier<Promise<Output>>;
export function createProfileVerifier<Name extends ProfileName>(
  name: Name,
  options: ProfileVerifierOptions[Name],
): Verifier<Promise<ProfileClaims[Name]>>;
export function createProfileVerifier(
  name: ProfileName,
  options: unknown,
): Verifier<Promise<never>> {
  return withCallerStack(createProfileVerifier, () => {
    if (!names.includes(name)) {
      const message = `the profile must be one of ${names.join(', ')}`;
      throw usageError('ERR_OPTION_INVALID', message);
    }
    const row: Deciding = deciding[name];
    const { key, allowed, own } = readOptions(name, row, options);
    const plan = compileProfile(key, own, namedKinds[name]);
    const check = asKindCheck((claims) => checkDeciding(claims, row, allowed));
    const isFirebase = name === 'firebase';
    const checks = isFirebase ? [check, asKindCheck(checkFirebase)] : [check];
    const claimChecks = [...plan.claimChecks, ...checks];
    return verifierOf({ ...plan, claimChecks }, true) as Verifier<Promise<never>>;
  });
}

function readOptions(name: ProfileName, row: Deciding, options: unknown) {
  const isFirebase = name === 'firebase';
  const rules: option.OptionRules = {
    ...(isFirebase
      ? withoutRules(profileRules, 'issuer')
      : { ...profileRules, audience: option.stringOrList }),
    key: { expected: 'a key or a key source', test: (value) => value !== undefined },
    [row.option]: {
      expected: `${row.expected}, or an array of these`,
      test: (value) => {
        const list: unknown[] = [value].flat();
        return (
          list.length > 0 && list.every((one) => option.isString(one) && row.pattern.test(one))
        );
      },
    },
  };
  const checked = option.checkOptions(options, rules);
  const isHosted = row.keys !== undefined;
  const needed = [
    ...(isFirebase ? [] : ['audience']),
    ...(isHosted ? [] : ['key']),
    ...(name === 'kubernetes' ? ['issuer'] : []),
  ];
  requireOptions(checked, [...needed, row.option]);
  if (isHosted && checked['issuer'] !== undefined && checked['key'] === undefined) {
    const message = '"issuer" requires "key": the keys of that issuer';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const { key = createRemoteJwks(row.keys as string), [row.option]: decides, ...others } = checked;
  const allowed = [decides].flat() as string[];
  const own = {
    ...(row.issuer !== undefined && { issuer: row.issuer }),
    ...(isFirebase && { audience: allowed, issuer: allowed.map(firebaseIssuer) }),
    ...others,
  };
  return { key, allowed, own };
}

const firebaseIssuer = (project: unknown) => `https://securetoken.google.com/${project}`;

function checkDeciding(
  claims: Claims,
  { claim, option: name, accepts }: Deciding,
  allowed: readonly string[],
): Fault | undefined {
  const value = ownClaim(claims, claim);
  if (typeof value === 'string' && accepts(value, allowed)) return undefined;
  const details = { expected: allowed, actual: value };
  return new Fault('ERR_CLAIM_MISMATCH', `"${claim}" is not allowed by "${name}"`, claim, details);
}

const OTHER_PROJECT = new Fault(
  'ERR_CLAIM_MISMATCH',
  '"iss" must name the project of "aud"',
  'iss',
);

const FUTURE_LOGIN = new Fault(
  'ERR_CLAIM_INVALID',
  '"auth_time" must not be later than "iat"',
  'auth_time',
);

/** Of several projects, the two claims must name the same one. */
function checkFirebase(claims: Claims): Fault | undefined {
  if (claims['iss'] !== firebaseIssuer(claims['aud'])) return OTHER_PROJECT;
  const isFuture = (claims['auth_time'] as number) > (claims['iat'] as number);
  return isFuture ? FUTURE_LOGIN : undefined;
}
