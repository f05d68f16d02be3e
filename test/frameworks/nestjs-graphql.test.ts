import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  authOf,
  jwtGuard,
  type NestOptions,
  Public,
  Scopes,
  userOf,
} from '../../src/adapters/nestjs.ts';
import type { Auth, RequestLike } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { secret } from '../http/requests.ts';
import { listening, majors, type Running } from './nest.ts';

const sign = createSigner(secret, { subject: 'ada', expiresIn: '10m' });
const running: Running[] = [];
afterEach(async () => {
  for (const { close } of running.splice(0)) await close();
});

interface Reply {
  data: unknown;
  errors?: Array<{ message: string; extensions: Record<string, unknown> }>;
}

describe.each(Object.entries(majors))('GraphQL of %s', (_, nest) => {
  const { createParamDecorator, HttpException } = nest.common;
  const { GraphQLModule, Query, Resolver, Subscription } = nest.graphql;
  const CurrentAuth = createParamDecorator(authOf);
  const CurrentUser = createParamDecorator(userOf);

  @Resolver()
  class AppResolver {
    @Public()
    @Query(() => String)
    hello() {
      return 'hello';
    }

    @Query(() => String)
    me(@CurrentUser('sub') id: string, @CurrentAuth() auth: Auth) {
      return `${id} by ${auth.source}`;
    }

    @Scopes('orders:read')
    @Query(() => String)
    orders() {
      return 'tea';
    }

    @Subscription(() => String, { resolve: (value: unknown) => value })
    async *ticks(@CurrentUser('sub') id: string) {
      yield `tick of ${id}`;
    }
  }

  async function start(more: Partial<NestOptions> = {}, driver = {}): Promise<Running> {
    const guard = jwtGuard({ HttpException, key: secret, ...more } as NestOptions);
    const module = GraphQLModule.forRoot({
      driver: nest.ApolloDriver as never,
      autoSchemaFile: true,
      ...driver,
    });
    const prepare = (app: { useGlobalGuards(guard: object): void }) => app.useGlobalGuards(guard);
    const app = await listening(nest, { imports: [module], providers: [AppResolver] }, { prepare });
    running.push(app);
    return app;
  }

  async function ask({ origin }: Running, query: string, token?: string) {
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const body = JSON.stringify({ query });
    const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body });
    const text = await response.text();
    expect(text).not.toContain('eyJ');
    return { response, reply: JSON.parse(text) as Reply };
  }

  it('accepts a valid token and passes its user to parameters', async () => {
    const app = await start();
    const { reply } = await ask(app, '{ me orders hello }', sign({ scope: 'orders:read' }));
    expect(reply).toEqual({ data: { me: 'ada by header', orders: 'tea', hello: 'hello' } });
  });

  it('opens a field with @Public(), and no other one', async () => {
    const app = await start();
    expect((await ask(app, '{ hello }')).reply).toEqual({ data: { hello: 'hello' } });
    const { reply } = await ask(app, '{ hello me }');
    expect(reply.errors).toHaveLength(1);
  });

  it('names the code, the reason and the challenge in the error', async () => {
    const app = await start();
    const rejections = [
      ['{ me }', undefined, 'UNAUTHENTICATED', 'token_missing'],
      ['{ me }', 'x', 'UNAUTHENTICATED', 'token_malformed'],
      ['{ orders }', sign({}), 'FORBIDDEN', 'insufficient_scope'],
    ] as const;
    for (const [query, token, code, reason] of rejections) {
      const { response, reply } = await ask(app, query, token);
      expect(reply.errors?.[0]).toMatchObject({ extensions: { code, reason } });
      expect(reply.errors?.[0]?.message).toContain(`(${reason})`);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="api"/);
    }
  });

  it('responds with the status of the error if the driver keeps it', async () => {
    const app = await start({}, { preserveHttpStatusForExecutionErrors: false });
    expect((await ask(app, '{ me }')).response.status).toBe(401);
  });

  it('reports a failed key source as SERVICE_UNAVAILABLE', async () => {
    const key = async () => {
      throw new Error('the vault is down');
    };
    const { reply } = await ask(await start({ key }), '{ me }', sign({}));
    expect(reply.errors?.[0]?.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(JSON.stringify(reply)).not.toContain('vault');
  });

  it('reads the request that requestOf returns', async () => {
    const authorization = `Bearer ${sign({})}`;
    const app = await start({ requestOf: () => ({ headers: { authorization } }) });
    expect((await ask(app, '{ me }')).reply).toEqual({ data: { me: 'ada by header' } });
  });

  it('protects subscriptions by the upgrade request that requestOf returns', async () => {
    const requestOf: NestOptions['requestOf'] = (context) =>
      (context.getArgByIndex(2) as { req: { extra?: { request: RequestLike } } }).req.extra
        ?.request;
    const app = await start({ requestOf }, { subscriptions: { 'graphql-ws': true } });
    const subscribe = async (token?: string) => {
      const headers = token ? { authorization: `Bearer ${token}` } : {};
      class Socket extends WebSocket {
        constructor(url: string, protocol: string) {
          super(url, protocol, { headers });
        }
      }
      const url = `${app.origin.replace('http', 'ws')}/graphql`;
      const client = createClient({ url, webSocketImpl: Socket, retryAttempts: 0 });
      const results: unknown[] = [];
      for await (const result of client.iterate({ query: 'subscription { ticks }' })) {
        results.push(result);
      }
      await client.dispose();
      return results;
    };
    expect(await subscribe(sign({}))).toEqual([{ data: { ticks: 'tick of ada' } }]);
    const rejected = JSON.stringify(await subscribe().catch((error) => error));
    expect(rejected).toContain('token_missing');
  });
});
