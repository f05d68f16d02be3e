import { afterEach, describe, expect, it } from 'vitest';
import {
  AnyRole,
  AnyScope,
  authOf,
  jwtGuard,
  type NestOptions,
  Public,
  Require,
  Roles,
  Scopes,
  userOf,
} from '../../src/adapters/nestjs.ts';
import { type Auth, requireClaims } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { secret } from '../http/requests.ts';
import { listening, majors, type Running } from './nest.ts';

const sign = createSigner(secret, { expiresIn: '10m' });
const running: Running[] = [];
afterEach(async () => {
  for (const { close } of running.splice(0)) await close();
});

async function call({ origin }: Running, path: string, claims?: object): Promise<unknown[]> {
  const headers: Record<string, string> = {};
  if (claims) headers['authorization'] = `Bearer ${sign({ sub: 'ada', ...claims })}`;
  const response = await fetch(origin + path, { headers });
  const body = (await response.json()) as { reason?: string };
  return [response.status, body.reason ?? body];
}

describe.each(Object.entries(majors))('%s', (_, nest) => {
  const { Controller, createParamDecorator, Get, HttpException, Inject, Injectable } = nest.common;
  const { SetMetadata } = nest.common;
  const { APP_GUARD } = nest.core;
  const options = { HttpException, key: secret, algorithms: ['HS256' as const] };

  const CurrentAuth = createParamDecorator(authOf);
  const CurrentUser = createParamDecorator(userOf);

  @Scopes('base')
  class BaseController {
    @Get('inherited')
    inherited() {
      return {};
    }
  }

  @Controller()
  class RulesController extends BaseController {
    @Public()
    @Get('public')
    public(@CurrentUser() user: unknown) {
      return { user: user ?? 'none' };
    }

    @Get('auth')
    auth(@CurrentAuth() auth: Auth, @CurrentUser('sub') sub: string) {
      return { sub: auth.payload.sub, member: sub, source: auth.source };
    }

    @Scopes('own')
    @Get('own')
    own() {
      return {};
    }

    @Roles('editor', 'admin')
    @Get('roles')
    roles() {
      return {};
    }

    @AnyRole('editor', 'admin')
    @AnyScope('base', 'other')
    @Get('any')
    any() {
      return {};
    }

    @Require(requireClaims({ email_verified: true }))
    @Get('verified')
    verified() {
      return {};
    }
  }

  @Public()
  @Controller('open')
  class OpenController {
    @Get()
    open() {
      return {};
    }

    @Roles('admin')
    @Get('closed')
    closed() {
      return {};
    }
  }

  /** Starts the controllers above with a global guard. */
  async function start(more: Partial<NestOptions> = {}): Promise<Running> {
    const guard = jwtGuard({ ...options, ...more } as NestOptions);
    const controllers = [RulesController, OpenController];
    const prepare = (app: { useGlobalGuards(guard: object): void }) => app.useGlobalGuards(guard);
    const app = await listening(nest, { controllers }, { prepare });
    running.push(app);
    return app;
  }

  it('opens a route with @Public(), and no other one', async () => {
    const app = await start();
    expect(await call(app, '/public')).toEqual([200, { user: 'none' }]);
    expect(await call(app, '/open')).toEqual([200, {}]);
    expect(await call(app, '/auth')).toEqual([401, 'token_missing']);
  });

  it('lets a requirement of a method win over @Public() of its class', async () => {
    const app = await start();
    expect(await call(app, '/open/closed')).toEqual([401, 'token_missing']);
    expect(await call(app, '/open/closed', {})).toEqual([403, 'forbidden']);
    expect(await call(app, '/open/closed', { roles: ['admin'] })).toEqual([200, {}]);
  });

  it('inherits requirements of a class, and replaces those that a method repeats', async () => {
    const app = await start();
    expect(await call(app, '/inherited', {})).toEqual([403, 'insufficient_scope']);
    expect(await call(app, '/inherited', { scope: 'base' })).toEqual([200, {}]);
    expect(await call(app, '/own', { scope: 'base' })).toEqual([403, 'insufficient_scope']);
    expect(await call(app, '/own', { scope: 'own' })).toEqual([200, {}]);
  });

  it('requires all roles, or one role and one scope, or claims', async () => {
    const app = await start();
    const scope = 'base';
    expect(await call(app, '/roles', { scope, roles: ['admin'] })).toEqual([403, 'forbidden']);
    expect(await call(app, '/roles', { scope, roles: ['admin', 'editor'] })).toEqual([200, {}]);
    expect(await call(app, '/any', { scope, roles: ['admin'] })).toEqual([200, {}]);
    expect(await call(app, '/any', { scope, roles: ['guest'] })).toEqual([403, 'forbidden']);
    expect(await call(app, '/verified', { scope })).toEqual([403, 'forbidden']);
    expect(await call(app, '/verified', { scope, email_verified: true })).toEqual([200, {}]);
  });

  it('passes the verified token and members of the user to parameters', async () => {
    const app = await start();
    const expected = { sub: 'ada', member: 'ada', source: 'header' };
    expect(await call(app, '/auth', { scope: 'base' })).toEqual([200, expected]);
  });

  it('gives the ExecutionContext to hooks', async () => {
    const app = await start({
      user: (_auth, context) => ({ sub: context.getHandler().name }),
    });
    const expected = { sub: 'ada', member: 'auth', source: 'header' };
    expect(await call(app, '/auth', { scope: 'base' })).toEqual([200, expected]);
  });

  it('is created by a factory with injected services', async () => {
    @Injectable()
    class Settings {
      readonly secret = secret;
    }
    const useFactory = ({ secret: key }: Settings) => jwtGuard({ ...options, key });
    const app = await listening(nest, {
      controllers: [RulesController],
      providers: [Settings, { provide: APP_GUARD, useFactory, inject: [Settings] }],
    });
    running.push(app);
    expect(await call(app, '/public')).toEqual([200, { user: 'none' }]);
    expect(await call(app, '/own', { scope: 'own' })).toEqual([200, {}]);
  });

  it('reaches exception filters as an HttpException with its cause', async () => {
    const { Catch } = nest.common;
    const caught: unknown[] = [];
    @Catch(HttpException)
    class Filter {
      catch(exception: { message: string; cause: unknown; getStatus(): number }, host: unknown) {
        caught.push([exception.message, String(exception.cause), exception.getStatus()]);
        const http = (host as { switchToHttp(): { getResponse(): never } }).switchToHttp();
        const response: { status(code: number): { json(body: object): void } } = http.getResponse();
        response.status(exception.getStatus()).json({ mine: true });
      }
    }
    const prepare = (app: {
      useGlobalGuards(guard: object): void;
      useGlobalFilters(filter: never): void;
    }) => {
      app.useGlobalGuards(jwtGuard(options));
      app.useGlobalFilters(new Filter() as never);
    };
    const app = await listening(nest, { controllers: [RulesController] }, { prepare });
    running.push(app);
    expect(await call(app, '/auth')).toEqual([401, { mine: true }]);
    const message = 'No token was sent (token_missing)';
    expect(caught).toEqual([[message, `UnauthorizedError: ${message}`, 401]]);
  });

  it('keeps the requirements of a method that another decorator wraps and copies', async () => {
    const Wrapped = () => (_target: object, _key: string, descriptor: PropertyDescriptor) => {
      const { value } = descriptor;
      descriptor.value = function wrapper(this: unknown, ...args: unknown[]) {
        return value.apply(this, args);
      };
      const { getMetadata, getMetadataKeys } = Reflect as never as Record<
        'getMetadata' | 'getMetadataKeys',
        (...args: unknown[]) => string[]
      >;
      for (const key of getMetadataKeys?.(value) ?? []) {
        SetMetadata(key, getMetadata?.(key, value))(descriptor.value);
      }
    };
    @Controller()
    class WrappedController {
      @Wrapped()
      @Roles('admin')
      @Get('wrapped')
      wrapped() {
        return {};
      }
    }
    const prepare = (app: { useGlobalGuards(guard: object): void }) =>
      app.useGlobalGuards(jwtGuard(options));
    const app = await listening(nest, { controllers: [WrappedController] }, { prepare });
    running.push(app);
    expect(await call(app, '/wrapped', {})).toEqual([403, 'forbidden']);
  });

  it('runs inside a guard class with injected services', async () => {
    const { UseGuards } = nest.common;
    @Injectable()
    class Users {
      find(id: string | undefined) {
        return id === 'ada' ? { name: 'Ada' } : null;
      }
    }
    @Injectable()
    class UserGuard {
      readonly canActivate;
      constructor(@Inject(Users) users: Users) {
        const guard = jwtGuard({ ...options, user: ({ payload }) => users.find(payload.sub) });
        this.canActivate = guard.canActivate;
      }
    }
    @UseGuards(UserGuard)
    @Controller()
    class MeController {
      @Get('me')
      me(@CurrentUser() user: object) {
        return user;
      }
    }
    const app = await listening(nest, { controllers: [MeController], providers: [Users] });
    running.push(app);
    expect(await call(app, '/me', {})).toEqual([200, { name: 'Ada' }]);
    expect(await call(app, '/me', { sub: 'bob' })).toEqual([401, expect.any(String)]);
  });
});
