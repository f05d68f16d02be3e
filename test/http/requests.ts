/** Secret, clock, tokens and requests for the tests of http and adapters. */

import type { AuthenticatorOptions } from '../../src/http/index.ts';
import { createSigner, type SignerOptions } from '../../src/index.ts';

/** Options whose key the test adds. */
export type WithoutKey<Options extends { key?: unknown } = AuthenticatorOptions> = Omit<
  Options,
  'key' | 'verifier' | 'resource'
> & { key?: Exclude<Options['key'], undefined> };

export const secret = 'the secret of the http tests, of 32 bytes or more';
export const now = Date.UTC(2026, 10, 22);
export const clock = () => now;

export function mint(
  claims: object = {},
  options: Omit<SignerOptions, 'async'> = {},
  key = secret,
): string {
  const end = 'exp' in claims ? {} : { expiresIn: '10m' as const };
  return createSigner(key, { clock, subject: 'ada', ...end, ...options })(claims);
}

export const withBearer = (token: string, method = 'GET') => ({
  method,
  headers: { authorization: `Bearer ${token}` },
});

/** Sets members of Object.prototype during a call. */
export async function polluted<Result>(
  members: object,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true });
  }
  try {
    return await run();
  } finally {
    for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name);
  }
}
