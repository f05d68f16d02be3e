import { describe, expect, it } from 'vitest';
import {
  type AuthorizerOptions,
  authorizer,
  type LambdaEvent,
  type PolicyResult,
  withAuth,
} from '../../src/adapters/lambda.ts';
import {
  AuthError,
  bearer,
  cookie,
  getAuth,
  header,
  query,
  requireScopes,
} from '../../src/http/index.ts';
import {
  balancerEvent,
  connectEvent,
  functionUrlEvent,
  httpV1Event,
  httpV2Event,
  requestEvent,
  tokenEvent,
} from '../fixtures/lambda-events.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { clock, mint, polluted, secret, type WithoutKey } from '../http/requests.ts';
import { fakeDpop } from '../http/senders.ts';

const token = mint({ scope: 'read write' });
const stage = 'arn:aws:execute-api:us-east-1:123456789012:abcdef123/test';
const arn = `${stage}/GET/request`;

type Options = Omit<WithoutKey<AuthorizerOptions>, 'simple'>;
const create = (options: Options = {}) => authorizer({ key: secret, clock, ...options });
const simple = (options: Options = {}) =>
  authorizer({ key: secret, clock, ...options, simple: true });

const statementOf = ({ policyDocument }: PolicyResult) => policyDocument.Statement[0];
const failure = (result: Promise<unknown>) =>
  result.then(
    () => undefined,
    (error: Error) => error,
  );

const withToken = { Authorization: `Bearer ${token}` };
const events: Record<string, LambdaEvent> = {
  'TOKEN with Bearer': tokenEvent(`Bearer ${token}`),
  'TOKEN with bearer in lower case': tokenEvent(`bearer  ${token}`),
  'TOKEN without Bearer': tokenEvent(token),
  REQUEST: requestEvent(withToken),
  'REQUEST of HTTP/2': requestEvent({ authorization: `Bearer ${token}` }),
  'REQUEST with lists only': requestEvent(withToken, { headers: null }),
  'REQUEST without lists': requestEvent(withToken, { multiValueHeaders: null }),
  'REQUEST of a WebSocket API': connectEvent(withToken),
  'payload 1.0': httpV1Event(withToken, `Bearer ${token}`),
  'payload 2.0': httpV2Event({ authorization: `Bearer ${token}` }),
};

const invalid: Record<string, LambdaEvent> = {
  'TOKEN that is empty': tokenEvent(''),
  'TOKEN that is no token': tokenEvent('Bearer x'),
  'TOKEN of another scheme': tokenEvent('Basic YTpi'),
  'TOKEN that is absent': { type: 'TOKEN', methodArn: arn },
  'REQUEST without a token': requestEvent({}),
  'REQUEST with headers: null': requestEvent({}, { headers: null, multiValueHeaders: null }),
  'REQUEST with an expired token': requestEvent({
    Authorization: `Bearer ${mint({ exp: clock() / 1000 })}`,
  }),
  'REQUEST with a header twice': requestEvent({
    Authorization: `Bearer ${token}`,
    authorization: `Bearer ${token}`,
  }),
  'payload 1.0 with a token in identitySource only': httpV1Event({}, `Bearer ${token}`),
  'payload 2.0 without a token': httpV2Event({}),
};

describe('an authorizer', () => {
  it.each(Object.entries(events))('allows the stage for %s', async (_, event) => {
    const result = await create()(event);
    expect(result).toEqual({
      principalId: 'ada',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${stage}/*` }],
      },
      context: { sub: 'ada', scope: 'read write' },
    });
    expect(JSON.stringify(result)).not.toContain('eyJ');
  });

  it.each(Object.entries(invalid))('throws exactly Unauthorized for %s', async (_, event) => {
    const error = await failure(create()(event));
    expect(error?.message).toBe('Unauthorized');
    expect(error?.cause).toBeInstanceOf(AuthError);
    expect(String(error?.stack)).not.toContain('eyJ');
  });

  it('denies a token that does not suffice', async () => {
    for (const event of Object.values(events)) {
      const denied = await create({ scopes: 'admin' })(event);
      expect(denied.principalId).toBe('unknown');
      expect(statementOf(denied)?.Effect).toBe('Deny');
      expect(await simple({ scopes: 'admin' })(event)).toEqual({
        isAuthorized: false,
        context: {},
      });
    }
  });

  it('throws in an outage, so that API Gateway responds with 500 and caches nothing', async () => {
    const key = () => Promise.reject(new Error('Unauthorized'));
    const isRevoked = () => Promise.reject(new Error('Unauthorized'));
    for (const options of [{ key }, { isRevoked }]) {
      for (const handler of [
        create(options),
        simple(options),
        create({ ...options, unauthorized: 'deny' }),
      ]) {
        const error = await failure(handler(requestEvent(withToken)));
        expect(error).toBeInstanceOf(AuthError);
        expect(error?.message).toContain('cannot be checked at the moment');
      }
    }
  });

  it('returns a simple response for payload 2.0', async () => {
    const event = httpV2Event({ authorization: `Bearer ${token}` });
    const context = { sub: 'ada', scope: 'read write' };
    expect(await simple()(event)).toEqual({ isAuthorized: true, context });
    expect((await failure(simple()(httpV2Event({}))))?.message).toBe('Unauthorized');
  });

  it('denies an invalid token with unauthorized: "deny"', async () => {
    for (const event of Object.values(invalid)) {
      expect(statementOf(await create({ unauthorized: 'deny' })(event))?.Effect).toBe('Deny');
    }
    const result = await simple({ unauthorized: 'deny' })(httpV2Event({}));
    expect(result).toEqual({ isAuthorized: false, context: {} });
  });

  it('allows the method only if the result depends on the request', async () => {
    const resource = async (options: Options, event: LambdaEvent) =>
      statementOf(await create(options)(event))?.Resource;
    const event = requestEvent(withToken);
    expect(await resource({ policyFor: 'method' }, event)).toBe(arn);
    expect(await resource({ authorize: () => true }, event)).toBe(arn);
    expect(await resource({ authorize: () => true, policyFor: 'stage' }, event)).toBe(`${stage}/*`);
    const guests = { credentialsRequired: false, policyFor: 'stage' } as const;
    expect(await resource(guests, requestEvent({}))).toBe(arn);
    expect(await resource({ skip: () => true }, event)).toBe(arn);
    const withCookie = httpV2Event({}, { cookies: ['theme=dark', `at=${token}`] });
    expect(await resource({ from: cookie('at') }, withCookie)).toBe(arn);
  });

  it('allows the method only for a bound token, also if a schema removes its binding', async () => {
    const { dpop } = fakeDpop();
    const validate = () => ({ value: { sub: 'ada' } });
    const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const;
    const bound = mint({ cnf: { jkt: 'thumbprint-of-a-key' } });
    const event = requestEvent({ Authorization: `DPoP ${bound}`, DPoP: 'valid' });
    for (const options of [{ dpop }, { dpop, schema }]) {
      expect(statementOf(await create(options)(event))?.Resource).toBe(arn);
    }
  });

  it('denies a path with wildcards if the policy would be for the method', async () => {
    const wild = requestEvent(withToken, { methodArn: `${stage}/GET/public/*` });
    const options = { authorize: () => true };
    expect(statementOf(await create(options)(wild))?.Effect).toBe('Deny');
    expect(statementOf(await create()(wild))?.Resource).toBe(`${stage}/*`);
  });

  it('keeps the name of every kind of stage', async () => {
    const prefix = 'arn:aws-cn:execute-api:cn-north-1:123456789012:abcdef123';
    for (const name of ['$default', 'v1', '*']) {
      const event = { ...tokenEvent(token), methodArn: `${prefix}/${name}/POST/a/b/c` };
      expect(statementOf(await create()(event))?.Resource).toBe(`${prefix}/${name}/*`);
    }
  });

  it('passes claims that API Gateway accepts, and no others', async () => {
    const claims = {
      scope: 'read',
      n: 1,
      verified: false,
      roles: ['a', 'b'],
      address: { city: 'Rome' },
      none: null,
      mixed: ['a', 1],
    };
    const event = tokenEvent(mint(claims));
    const context = ['n', 'verified', 'roles', 'address', 'none', 'mixed', 'toString', 'absent'];
    expect((await create({ context })(event)).context).toEqual({
      n: 1,
      verified: false,
      roles: 'a b',
    });
    await polluted({ tenant: 'evil' }, async () => {
      expect((await create({ context: ['tenant'] })(event)).context).toEqual({});
    });
    expect((await create({ context: [] })(event)).context).toEqual({});
  });

  it('passes what a function returns, and throws for a value that would become a 500', async () => {
    const options: AuthorizerOptions = {
      key: secret,
      clock,
      context: ({ user }, { type = '' }) => ({ user: String(user.sub), type }),
    };
    const { context } = await authorizer({ ...options, simple: false })(tokenEvent(token));
    expect(context).toEqual({ user: 'ada', type: 'TOKEN' });
    for (const wrong of [{ roles: ['a'] }, undefined, 'ada']) {
      const handler = create({ context: () => wrong as never });
      expect((await failure(handler(tokenEvent(token))))?.message).toContain(
        '"context" must return',
      );
    }
  });

  it('names the principal unknown without a subject', async () => {
    const guests = create({ credentialsRequired: false });
    const { principalId, context } = await guests(requestEvent({}));
    expect([principalId, context]).toEqual(['unknown', {}]);
  });

  it('reads tokens from the header, the query and the cookie that "from" names', async () => {
    const allows = async (options: Options, event: LambdaEvent) =>
      statementOf(await create({ unauthorized: 'deny', ...options })(event))?.Effect === 'Allow';
    const named = { from: header('x-access-token') };
    expect(await allows(named, requestEvent({ 'X-Access-Token': token }))).toBe(true);
    const inQuery = { from: query('access_token') };
    const queryStringParameters = { 'a&b': '=', access_token: token };
    expect(await allows(inQuery, requestEvent({}, { queryStringParameters }))).toBe(true);
    const rawQueryString = `a=1&access_token=${token}`;
    expect(await allows(inQuery, httpV2Event({}, { rawQueryString }))).toBe(true);
    const multiValueQueryStringParameters = { access_token: [token, 'x'] };
    expect(await allows(inQuery, requestEvent({}, { multiValueQueryStringParameters }))).toBe(true);
    const inCookie = { from: [bearer(), cookie('at')] };
    expect(await allows(inCookie, requestEvent({ Cookie: `a=b; at=${token}` }))).toBe(true);
    expect(await allows(inCookie, httpV2Event({}, { cookies: ['a=b', `at=${token}`] }))).toBe(true);
  });

  it('denies a POST with a cookie from another site', async () => {
    const post = (site: string) =>
      create({ from: cookie('at') })(
        requestEvent(
          { Cookie: `at=${token}`, 'Sec-Fetch-Site': site },
          { httpMethod: 'POST', methodArn: `${stage}/POST/request` },
        ),
      );
    expect(statementOf(await post('cross-site'))?.Effect).toBe('Deny');
    expect(statementOf(await post('same-origin'))?.Effect).toBe('Allow');
  });

  it('denies a WebSocket that a page of another site opens with a cookie', async () => {
    const connect = (origin: string) =>
      create({ from: cookie('at') })(connectEvent({ Cookie: `at=${token}`, Origin: origin }));
    expect(statementOf(await connect('https://evil.example'))?.Effect).toBe('Deny');
    const own = 'https://abcdef123.execute-api.us-east-1.amazonaws.com';
    expect(statementOf(await connect(own))?.Effect).toBe('Allow');
  });

  it('takes no token from Object.prototype', async () => {
    const headers = { authorization: `Bearer ${token}` };
    await polluted({ headers, authorizationToken: token, ...headers }, async () => {
      for (const type of ['TOKEN', 'REQUEST']) {
        const error = await failure(create()({ type, methodArn: arn }));
        expect(error?.message).toBe('Unauthorized');
      }
    });
  });

  it('rejects events of a proxy integration, and options of the wrong type', async () => {
    const error = await failure(create()(functionUrlEvent(withToken)));
    expect(error?.message).toContain('withAuth()');
    for (const wrong of [
      { policyFor: 'api' },
      { unauthorized: 401 },
      { context: 'sub' },
      { context: [''] },
      { simple: 'yes' },
      { contex: [] },
    ]) {
      expect(errorOf(() => create(wrong as never))).toBeInstanceOf(TypeError);
    }
  });
});

describe('withAuth of Lambda', () => {
  const handler = withAuth({ key: secret, clock }, async (event, auth, ...rest) => {
    expect(getAuth(event)).toBe(auth);
    return { sub: auth.payload.sub, rest };
  });

  it.each([
    ['a function URL', functionUrlEvent(withToken)],
    ['a REST API', requestEvent(withToken)],
    ['a load balancer', balancerEvent({ authorization: `Bearer ${token}` })],
    ['a load balancer with lists', balancerEvent({ authorization: `Bearer ${token}` }, true)],
  ])('accepts a valid token of %s', async (_, event) => {
    expect(await handler(event)).toEqual({ sub: 'ada', rest: [] });
  });

  it('passes the context of Lambda on', async () => {
    const own = withAuth(
      { key: secret, clock },
      (_event: LambdaEvent, _auth, context: object) => context,
    );
    const context = { awsRequestId: 'id' };
    expect(await own(functionUrlEvent(withToken), context)).toBe(context);
  });

  it('responds with the status, the headers and the body of the error', async () => {
    const error = new AuthError('token_missing');
    const headers = { ...error.headers, 'Content-Type': 'application/json' };
    const response = { statusCode: 401, headers, body: JSON.stringify(error) };
    expect(await handler(functionUrlEvent({}))).toEqual(response);
    expect(await handler(balancerEvent({}, true))).toMatchObject({
      ...response,
      multiValueHeaders: { 'WWW-Authenticate': ['Bearer realm="api"'] },
    });
  });

  it('responds with the result of onError, to rejections and to errors of guards', async () => {
    const seen: unknown[] = [];
    const onError = ({ status, reason }: AuthError, event: LambdaEvent) => {
      seen.push(event);
      return { statusCode: status, headers: { 'Access-Control-Allow-Origin': '*' }, body: reason };
    };
    const guard = requireScopes('admin');
    const own = withAuth({ key: secret, clock, onError }, (event) => guard(event));
    const headers = { 'Access-Control-Allow-Origin': '*' };
    const guest = functionUrlEvent({});
    expect(await own(guest)).toEqual({ statusCode: 401, headers, body: 'token_missing' });
    const user = functionUrlEvent(withToken);
    expect(await own(user)).toEqual({ statusCode: 403, headers, body: 'insufficient_scope' });
    expect(seen).toEqual([guest, user]);
  });

  it('turns the error of a guard into a response, and throws any other error', async () => {
    const guard = requireScopes('admin');
    const guarded = withAuth({ key: secret, clock }, (event) => guard(event));
    expect(await guarded(functionUrlEvent(withToken))).toMatchObject({ statusCode: 403 });
    const broken = withAuth({ key: secret, clock }, () => {
      throw new Error('a bug of the function');
    });
    expect((await failure(broken(functionUrlEvent(withToken))))?.message).toBe(
      'a bug of the function',
    );
  });

  it('makes a response private for a token from the URL', async () => {
    const from = query('access_token');
    const event = functionUrlEvent({}, { rawQueryString: `access_token=${token}` });
    const own = withAuth({ key: secret, clock, from }, () => ({
      statusCode: 200,
      headers: { a: 'b' },
    }));
    const headers = { 'Cache-Control': 'private', a: 'b' };
    expect(await own(event)).toEqual({ statusCode: 200, headers });
    const json = withAuth({ key: secret, clock, from }, () => ({ a: 'b' }));
    expect(await json(event)).toEqual({ a: 'b' });
  });

  it('responds to a preflight with 204, and passes it on if guests are accepted', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
    const event = { ...balancerEvent(headers), httpMethod: 'OPTIONS' };
    expect(await handler(event)).toEqual({ statusCode: 204, body: '' });
    const guests = withAuth(
      { key: secret, clock, credentialsRequired: false },
      (_event, auth) => auth ?? 'guest',
    );
    expect(await guests(event)).toBe('guest');
  });
});
