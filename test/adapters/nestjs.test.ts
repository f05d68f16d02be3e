import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  authOf,
  jwtGuard,
  type NestOptions,
  Public,
  Require,
  Roles,
  Scopes,
  userOf,
} from '../../src/adapters/nestjs.ts';
import { requiredGuards } from '../../src/adapters/nestjs-rules.ts';
import { AuthError, type AuthErrorBody, getAuthError, setAuth } from '../../src/http/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { clock, mint, polluted, secret } from '../http/requests.ts';

/** The class of NestJS, in short. */
class HttpException extends Error {
  readonly body: AuthErrorBody;
  readonly status: number;
  constructor(body: AuthErrorBody, status: number, options: { cause: Error }) {
    super('Http Exception', options);
    this.body = body;
    this.status = status;
  }
}

const options: NestOptions = { HttpException, key: secret, clock };

/** The two functions of reflect-metadata that NestJS loads. */
const stored = new WeakMap<object, Map<string, unknown>>();
const metadata = {
  defineMetadata(key: string, value: unknown, target: object) {
    stored.set(target, (stored.get(target) ?? new Map()).set(key, value));
  },
  getOwnMetadata: (key: string, target: object) => stored.get(target)?.get(key),
};
const names = Object.keys(metadata);

interface Incoming {
  headers: Record<string, string>;
  user?: unknown;
  auth?: unknown;
}

class AppController {
  me() {}
}

function contextOf(request: object, type = 'http', handler = AppController.prototype.me) {
  const headers = new Map<string, string>();
  const response = { header: (name: string, value: string) => headers.set(name, value) };
  const args = type === 'graphql' ? [null, {}, request] : [request, response];
  const context = {
    getType: () => type,
    getHandler: () => handler,
    getClass: () => AppController,
    getArgByIndex: (index: number) => args[index],
  };
  return { context, headers };
}

const requestWith = (token?: string): Incoming => ({
  headers: token ? { authorization: `Bearer ${token}` } : {},
});

const reject = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: HttpException) => error,
  );

const decorated = (decorator: MethodDecorator & ClassDecorator) => {
  const handler = () => {};
  decorator({}, 'route', { value: handler });
  return handler;
};

describe('a guard of NestJS', () => {
  beforeAll(() => void Object.assign(Reflect, metadata));
  afterAll(() => {
    for (const name of names) Reflect.deleteProperty(Reflect, name);
  });

  it('sets request.auth and request.user, and stores the result for authOf and userOf', async () => {
    const request = requestWith(mint({ name: 'Ada' }));
    const { context } = contextOf(request);
    expect(await jwtGuard(options).canActivate(context)).toBe(true);
    expect(request.user).toMatchObject({ sub: 'ada' });
    expect(authOf(undefined, context)).toBe(request.auth);
    expect(userOf(undefined, context)).toBe(request.user);
    expect(userOf('name', context)).toBe('Ada');
    await polluted({ admin: true }, () => expect(userOf('admin', context)).toBeUndefined());
  });

  it('throws an HttpException with the body and the headers of the AuthError', async () => {
    const { context, headers } = contextOf(requestWith());
    const error = await reject(jwtGuard({ ...options, realm: 'orders' }).canActivate(context));
    expect(error).toBeInstanceOf(HttpException);
    expect(error?.body).toEqual(new AuthError('token_missing').toJSON());
    expect([error?.status, error?.message]).toEqual([401, 'No token was sent (token_missing)']);
    expect(error?.cause).toBeInstanceOf(AuthError);
    expect(Object.fromEntries(headers)).toEqual({
      'WWW-Authenticate': 'Bearer realm="orders"',
      'Cache-Control': 'no-store',
    });
  });

  it('leaves request.user and what an adapter stored alone for guests and public routes', async () => {
    const guests = jwtGuard({ ...options, credentialsRequired: false });
    const request = { ...requestWith(), user: 'of passport' };
    expect(await guests.canActivate(contextOf(request).context)).toBe(true);
    expect(request).toEqual({ headers: {}, user: 'of passport' });

    const auth = { payload: { sub: 'bob' }, user: 'bob' } as never;
    const other = requestWith();
    setAuth(other, auth);
    const { context } = contextOf(other, 'http', decorated(Public()));
    expect(await jwtGuard(options).canActivate(context)).toBe(true);
    expect(authOf(undefined, context)).toBe(auth);
  });

  it('sets the properties that the options name', async () => {
    const request = { ...requestWith(mint()), user: 'of passport' };
    const properties = { auth: 'jotkit', user: false } as const;
    await jwtGuard({ ...options, properties }).canActivate(contextOf(request).context);
    expect(request).toMatchObject({ user: 'of passport', jotkit: { payload: { sub: 'ada' } } });
    expect(request.auth).toBeUndefined();
  });

  it('tells guests why they have no user, also in an exception filter', async () => {
    const request = requestWith('x');
    const guests = { credentialsRequired: false, onInvalid: 'anonymous' } as const;
    await jwtGuard({ ...options, ...guests }).canActivate(contextOf(request).context);
    expect(getAuthError(request)?.reason).toBe('token_malformed');
    const rejected = requestWith();
    await reject(jwtGuard(options).canActivate(contextOf(rejected).context));
    expect(getAuthError(rejected)?.reason).toBe('token_missing');
  });

  it('finds no public route on Object.prototype', async () => {
    const handler = decorated(Roles('admin'));
    const guards = await polluted({ Public: [] }, () => requiredGuards(handler, class {}));
    expect(guards).toHaveLength(1);
  });

  it('forgets the user of a message before a public one', async () => {
    const client = { handshake: { headers: {}, auth: { token: mint() } } };
    const guard = jwtGuard(options);
    const messageOf = (handler: () => void) => {
      const { context } = contextOf(client, 'ws', handler as never);
      return { ...context, switchToWs: () => ({ getClient: () => client }) };
    };
    const first = messageOf(AppController.prototype.me);
    await guard.canActivate(first as never);
    expect(userOf('sub', first as never)).toBe('ada');
    const second = messageOf(decorated(Public()));
    await guard.canActivate(second as never);
    expect(userOf('sub', second as never)).toBeUndefined();
  });

  it('throws the error of a hook as it is', async () => {
    const bug = new Error('a bug of the hook');
    const authorize = () => {
      throw bug;
    };
    const { context } = contextOf(requestWith(mint()));
    expect(await reject(jwtGuard({ ...options, authorize }).canActivate(context))).toBe(bug);
  });

  it('names the code, the status and the headers for GraphQL', async () => {
    const { context } = contextOf({ req: requestWith() }, 'graphql');
    const error = await reject(jwtGuard(options).canActivate(context));
    const headers = new Map(Object.entries(new AuthError('token_missing').headers));
    const http = { status: 401, headers };
    const extensions = { code: 'UNAUTHENTICATED', reason: 'token_missing', http };
    expect(error).toMatchObject({ extensions });
  });

  it.each(['req', 'request', 'reply'])('finds the request of GraphQL in %s', async (name) => {
    const request = requestWith(mint());
    const found = { [name]: name === 'reply' ? { request } : request };
    expect(await jwtGuard(options).canActivate(contextOf(found, 'graphql').context)).toBe(true);
  });

  it.each([
    ['graphql', {}],
    ['rpc', 'data'],
    ['ws', {}],
  ])('throws for a context of type %s without a request', async (type, data) => {
    const target = Object(data);
    const error = await reject(jwtGuard(options).canActivate(contextOf(target, type).context));
    expect(error?.message).toContain(`"${type}": set "requestOf"`);
    const guard = jwtGuard({ ...options, requestOf: () => requestWith(mint()) });
    expect(await guard.canActivate(contextOf(target, type).context)).toBe(true);
  });

  it('requires the classes of NestJS', async () => {
    const { HttpException: _, ...incomplete } = options;
    expect(errorOf(() => jwtGuard(incomplete as never)).message).toContain('@nestjs/common');
    const wrong = { ...options, WsException: 'WsException' } as never;
    expect(errorOf(() => jwtGuard(wrong)).message).toContain('@nestjs/websockets');
    const { context } = contextOf({ handshake: requestWith() }, 'ws');
    const error = await reject(jwtGuard(options).canActivate(context));
    expect(error?.message).toContain('"WsException" is required in gateways');
  });

  it('reads a cookie of a socket only if its origin is allowed, unless csrf is false', async () => {
    const from = Object.assign(() => mint(), { source: 'cookie' as const });
    const handshake = { headers: { origin: 'https://evil.example' } };
    const { context } = contextOf({ handshake }, 'ws');
    class WsException extends Error {
      constructor({ reason }: AuthErrorBody) {
        super(reason);
      }
    }
    const strict = { ...options, WsException, from, csrf: { origins: ['https://app.example'] } };
    expect(await reject(jwtGuard(strict).canActivate(context))).toBeInstanceOf(WsException);
    expect(await jwtGuard({ ...strict, csrf: false }).canActivate(context)).toBe(true);
  });
});

describe('a decorator of NestJS', () => {
  beforeAll(() => void Object.assign(Reflect, metadata));
  afterAll(() => {
    for (const name of names) Reflect.deleteProperty(Reflect, name);
  });

  it('cannot be combined with @Public() on one target', () => {
    class Target {}
    Public()(Target);
    const message = '@Public() contradicts the requirements beside it: remove one of them';
    expect(errorOf(() => Roles('admin')(Target)).message).toBe(message);
    class Other {}
    Roles('admin')(Other);
    expect(errorOf(() => Public()(Other)).message).toBe(message);
  });

  it('requires names or guards', () => {
    expect(errorOf(() => Roles()).message).toContain('requireRoles() needs');
    expect(errorOf(() => Scopes('a b')).message).toContain('requireScopes() needs');
    const foreign = [() => false, async () => {}, 'admin'];
    for (const guards of [[], ...foreign.map((each) => [each])]) {
      expect(errorOf(() => Require(...(guards as never[]))).message).toContain('needs guards');
    }
  });
});

it('says what is missing without reflect-metadata', () => {
  expect(errorOf(() => decorated(Public())).message).toContain('needs reflect-metadata');
});
