import { expect, it, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { jwt as expressJwt } from '../../src/adapters/express.ts';
import fastifyJwt from '../../src/adapters/fastify.ts';
import { withAuth as fetchAuth } from '../../src/adapters/fetch.ts';
import { jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import { authenticateNode, withAuth as nodeAuth } from '../../src/adapters/node.ts';
import { jwt as socketJwt } from '../../src/adapters/socket-io.ts';
import { handleUpgrade, upgradeAuth } from '../../src/adapters/ws.ts';
import { verifierRules } from '../../src/core/verify/verifier-options.ts';
import {
  type Auth,
  AuthError,
  createAuthenticator,
  getAuth,
  onExpiry,
  serializeTokenCookie,
  setAuth,
  tokenCookies,
} from '../../src/http/index.ts';
import { packageEntries } from '../fixtures/package-entries.ts';
import { mint, secret } from './requests.ts';

/** A function that takes options: valid ones, the names of all, and a call. */
interface Case {
  valid: object;
  names: readonly string[];
  call(options: never): unknown;
}

const authenticator = [
  ...Object.keys(verifierRules).filter((name) => name !== 'complete'),
  ...['key', 'verifier', 'from', 'multiple', 'credentialsRequired', 'onInvalid', 'skip', 'csrf'],
  ...['isRevoked', 'onUnavailable', 'scopes', 'anyScope', 'roles', 'anyRole', 'authorize', 'user'],
  ...['scopesFrom', 'rolesFrom', 'implies', 'realm', 'challengeParams'],
  ...['resource', 'dpop', 'mtls', 'allowUnconfirmed'],
];
const cookie = ['name', 'path', 'domain', 'sameSite', 'httpOnly', 'secure', 'partitioned'];
const adapter = (call: (options: never) => unknown, ...more: string[]): Case => ({
  valid: { key: secret },
  names: [...authenticator.filter((name) => !more.includes(`-${name}`)), ...more].filter(
    (name) => !name.startsWith('-'),
  ),
  call,
});
const target = {};
setAuth(target, undefined);
const wss = new WebSocketServer({ noServer: true });
const fastify = { hasRequestDecorator: () => true, decorateRequest() {}, decorate() {} };

const cases: Record<string, Case> = {
  'jotkit/http AuthError': {
    valid: { realm: 'api' },
    names: ['realm', 'challengeParams', 'scope', 'claim', 'dpop'],
    call: (options) => new AuthError('forbidden', options),
  },
  'jotkit/http createAuthenticator': adapter(createAuthenticator),
  'jotkit/http getAuth': {
    valid: { optional: true },
    names: ['optional'],
    call: (options) => getAuth(target, options),
  },
  'jotkit/http onExpiry': {
    valid: { maxAge: '1h' },
    names: ['clock', 'clockTolerance', 'ignoreExpiration', 'maxAge'],
    call: (options) => onExpiry({ token: mint() } as Auth, () => {}, options),
  },
  'jotkit/http serializeTokenCookie': {
    valid: { path: '/' },
    names: [...cookie, 'lifetime', 'request', 'clock'],
    call: (options) => serializeTokenCookie(mint(), options),
  },
  'jotkit/http tokenCookies': {
    valid: { secure: true },
    names: ['access', 'refresh', 'secure', 'clock'],
    call: tokenCookies,
  },
  'jotkit/express jwt': adapter(expressJwt, 'onError', 'properties'),
  'jotkit/fastify default': adapter(
    (options) => fastifyJwt({ ...fastify, addHook() {} }, options),
    'global',
    'properties',
  ),
  'jotkit/fetch withAuth': adapter(
    (options) => fetchAuth(options, () => new Response()),
    'onError',
  ),
  'jotkit/hono jwt': adapter(honoJwt, 'onError', 'properties'),
  'jotkit/koa jwt': adapter(koaJwt, 'properties'),
  'jotkit/node authenticateNode': adapter(authenticateNode),
  'jotkit/node withAuth': adapter((options) => nodeAuth(options, () => {}), 'onError'),
  'jotkit/socket.io jwt': adapter(
    socketJwt,
    '-csrf',
    '-dpop',
    'origins',
    'onExpired',
    'properties',
  ),
  'jotkit/ws handleUpgrade': adapter(
    (options) => handleUpgrade(wss, options),
    '-csrf',
    '-dpop',
    'origins',
  ),
  'jotkit/ws upgradeAuth': adapter(upgradeAuth, '-csrf', '-dpop', 'origins'),
};

const withoutOptions = [
  ...['bearer', 'checkCsrf', 'cookie', 'getAuthError', 'header', 'query', 'setAuth', 'wsProtocol'],
  ...['requireAnyRole', 'requireAnyScope', 'requireClaims', 'requireRoles', 'requireScopes'],
  ...['requireAll', 'requireAny', 'requireAuth', 'rolesOf', 'scopesOf', 'jwtErrors'],
  ...['toListener', 'extendAuth', 'handshakeAuth', 'protectedResource'],
];

test('every public function is listed as one with or without options', () => {
  const specifiers = new Set(Object.keys(cases).map((name) => name.split(' ')[0]));
  const exported = packageEntries
    .filter(({ specifier }) => specifiers.has(specifier))
    .flatMap(({ specifier, exports }) =>
      exports.filter(({ isType }) => !isType).map(({ name }) => `${specifier} ${name}`),
    )
    .filter((name) => !withoutOptions.includes(name.split(' ')[1] ?? ''));
  expect(exported.sort()).toEqual(Object.keys(cases).sort());
});

/** The error of a call, also of an async one; undefined if there is none. */
async function failure({ call }: Case, options: unknown): Promise<unknown> {
  try {
    await call(options as never);
    return undefined;
  } catch (error) {
    return error;
  }
}

test.each(Object.entries(cases))('%s throws TypeError for every wrong option', async (_, each) => {
  const usageError = expect.objectContaining({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
  const anyTypeError = expect.objectContaining({ name: 'TypeError' });
  expect(await failure(each, { ...each.valid, unknwon: true })).toEqual(usageError);
  for (const name of each.names) {
    for (const value of [undefined, Symbol('wrong'), Number.NaN]) {
      const error = await failure(each, { ...each.valid, [name]: value });
      expect(error, `${name}: ${String(value)}`).toEqual(anyTypeError);
    }
  }
  class Options {
    key = secret;
  }
  for (const options of [null, [], 'options', 7, new Options()]) {
    expect(await failure(each, options), typeof options).toEqual(usageError);
  }
});

it.each([
  ['secret', 'key'],
  ['secretOrKey', 'key'],
  ['getToken', 'from'],
  ['jwtFromRequest', 'from'],
  ['allowedAud', 'audience'],
  ['maxTokenAge', 'maxAge'],
])('names the own option for %s of another library', (name, own) => {
  const create = () => createAuthenticator({ [name]: secret } as never);
  expect(create).toThrow(`"${name}" is not an option: did you mean "${own}"?`);
});

it('names no option for a name of a prototype', () => {
  const create = () => createAuthenticator({ toString: secret } as never);
  expect(create).toThrow('"toString" is not an option; expected one of key');
});
