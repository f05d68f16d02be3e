/** Authenticates this resource server at an authorization server (RFC 6749 §2.3.1, RFC 7523 §2.2). */

import { algorithm } from '../core/keys/algorithm-rules.ts';
import type { Algorithm } from '../core/keys/algorithms.ts';
import type { KeyInput } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { createAssertionSigner } from '../profiles/assertion.ts';
import { B64TOKEN } from './opaque-token.ts';

/**
 * The credentials of a resource server: a secret (RFC 6749 §2.3.1), a key (`private_key_jwt`, RFC 7523) or an
 * access token (RFC 7662 §2.1).
 *
 * @example
 * ```ts
 * const { CLIENT_SECRET: clientSecret = '' } = process.env;
 * const credentials: ClientAuth[] = [
 *   { clientId: 'orders', clientSecret },
 *   { clientId: 'orders', clientSecret, method: 'post' },
 *   { clientId: 'orders', key: await generateKey('ES256') },
 *   { bearer: async () => 'the access token of this server' },
 * ];
 * ```
 */
export type ClientAuth =
  | {
      clientId: string;
      clientSecret: string;
      /** Where the secret is sent: in the header `Authorization` or in the body. Default `'basic'`. */
      method?: 'basic' | 'post';
    }
  | {
      clientId: string;
      /** The private key that signs assertions. */
      key: KeyInput;
      /** As in `createSigner`. */
      algorithm?: Algorithm;
      /** `kid` of the assertions. */
      keyid?: string;
    }
  | {
      /** An access token, or a function that returns one. */
      bearer: string | (() => string | Promise<string>);
    };

/** What a request of the client has beside its own parameters. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The credentials, compiled. */
export interface CompiledAuth {
  /** `undefined` for a bearer token. */
  readonly clientId: string | undefined;
  credentials(): Promise<Credentials>;
}

const methods = ['basic', 'post'];

const secretRules: option.OptionRules = {
  clientId: option.string,
  clientSecret: option.string,
  method: {
    expected: '"basic" or "post"',
    values: methods,
    test: (value) => methods.includes(value as string),
  },
};

const keyRules: option.OptionRules = {
  clientId: option.string,
  key: { expected: 'a private key', test: (value) => value !== undefined && value !== null },
  algorithm,
  keyid: option.string,
};

const bearerRules: option.OptionRules = { bearer: option.stringOrFunction };

const EXPECTED = '"auth" must be { clientId, clientSecret }, { clientId, key } or { bearer }';

/** Checks the credentials. `issuer` is the audience of assertions. Throws TypeError. */
export function compileAuth(
  auth: unknown,
  issuer: string,
  clock: (() => number) | undefined,
): CompiledAuth {
  if (!option.isPlainObject(auth)) {
    throw usageError('ERR_OPTION_INVALID', `${EXPECTED}, got ${option.typeNameOf(auth)}`);
  }
  const has = (name: string) => Object.hasOwn(auth, name);
  if (has('bearer')) return bearerAuth(option.checkOptions(auth, bearerRules));
  if (!has('clientId') || has('clientSecret') === has('key')) {
    throw usageError('ERR_OPTION_INVALID', EXPECTED);
  }
  return has('key')
    ? assertionAuth(option.checkOptions(auth, keyRules), issuer, clock)
    : secretAuth(option.checkOptions(auth, secretRules));
}

function secretAuth(own: Record<string, unknown>): CompiledAuth {
  const { clientId = '', clientSecret = '', method } = own as Record<string, string>;
  const credentials: Credentials =
    method === 'post'
      ? { headers: {}, parameters: { client_id: clientId, client_secret: clientSecret } }
      : { headers: { authorization: basic(clientId, clientSecret) }, parameters: {} };
  return { clientId, credentials: async () => credentials };
}

/** RFC 6749 §2.3.1: both are form-encoded first, so that a colon in the id is no separator. */
function basic(clientId: string, clientSecret: string): string {
  const pair = `${formEncode(clientId)}:${formEncode(clientSecret)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

function assertionAuth(
  own: Record<string, unknown>,
  audience: string,
  clock: (() => number) | undefined,
): CompiledAuth {
  const { key, ...others } = own as unknown as { key: KeyInput; clientId: string };
  const { clientId } = others;
  const sign = createAssertionSigner(key, { ...others, audience, ...(clock && { clock }) });
  return {
    clientId,
    async credentials() {
      const parameters = {
        client_id: clientId,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: sign(),
      };
      return { headers: {}, parameters };
    },
  };
}

function bearerAuth({ bearer }: Record<string, unknown>): CompiledAuth {
  return {
    clientId: undefined,
    async credentials() {
      const token: unknown = typeof bearer === 'function' ? await bearer() : bearer;
      if (typeof token === 'string' && B64TOKEN.test(token)) {
        return { headers: { authorization: `Bearer ${token}` }, parameters: {} };
      }
      const message = `"bearer" must be or return an access token, got ${option.typeNameOf(token)}`;
      throw usageError('ERR_OPTION_INVALID', message);
    },
  };
}
