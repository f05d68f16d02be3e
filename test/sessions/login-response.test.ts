import { describe, expect, it, test, vi } from 'vitest';
import { tokenCookies } from '../../src/http/index.ts';
import type { LoginOptions, SessionHandlersOptions } from '../../src/sessions/index.ts';
import { cookiesOf } from './end-to-end.ts';
import { post, setupHandlers, setupLogin } from './handlers-setup.ts';
import { ISSUER } from './setup.ts';

const login = (options: LoginOptions, more: Partial<SessionHandlersOptions> = {}) =>
  setupHandlers({}, more).handlers.login(post('/auth/login'), 'ada', options);

describe('the response to a login', () => {
  it('has the members of "body" beside those of the tokens', async () => {
    const body = { user: { name: 'Ada' }, roles: ['admin'] };
    expect(await (await login({ body })).json()).toEqual({ ...body, expires_in: 600 });
    const tokens = await (await login({ body }, { cookies: false })).json();
    expect(tokens).toMatchObject({ ...body, token_type: 'Bearer', expires_in: 600 });
  });

  it('redirects with 303 and both cookies', async () => {
    for (const redirect of ['/account?tab=1#top', '/', 'https://app.example/home']) {
      const response = await login({ redirect }, { origins: ['https://app.example'] });
      expect([response.status, response.headers.get('location')]).toEqual([303, redirect]);
      expect(response.headers.getSetCookie()).toHaveLength(2);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.text()).toBe('');
    }
  });

  test.each<[string, object]>([
    ...['expires_in', 'access_token', 'refresh_token', 'token_type'].map(
      (name) => [`body with ${name}`, { body: { [name]: 1 } }] as [string, object],
    ),
    ['body that is a list', { body: [] }],
    ['body that JSON cannot represent', { body: { n: 1n } }],
    ['body and redirect', { body: {}, redirect: '/' }],
    ...[
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '\\\\evil.example',
      'evil.example',
      'https://evil.example/',
      'https://app.example.evil.example/',
      'https://app.example@evil.example/',
      'javascript:alert(1)',
      'data:text/html,x',
      '/a\r\nSet-Cookie: x=y',
      'https://app.example/€',
      'https://app.example/\0',
      '',
    ].map((redirect) => [`redirect ${JSON.stringify(redirect)}`, { redirect }] as [string, object]),
    ['csrf that is no boolean', { csrf: 'off' }],
    ['an unknown option', { redirectTo: '/' }],
  ])('throws TypeError for %s, before a session exists', async (_, options) => {
    const { handlers, sessions } = setupHandlers({}, { origins: ['https://app.example'] });
    const response = handlers.login(post('/auth/login'), 'ada', options);
    await expect(response).rejects.toThrow(TypeError);
    expect(await sessions.list('ada')).toEqual([]);
  });

  it('redirects to an origin that a function allows', async () => {
    const origins = (origin: string) => origin === 'https://a.example';
    const to = (redirect: string) => login({ redirect }, { origins });
    expect((await to('https://a.example/x')).status).toBe(303);
    for (const url of ['https://b.example/x', 'javascript:alert(1)']) {
      await expect(to(url)).rejects.toThrow(TypeError);
    }
  });

  it('cannot redirect without cookies: the tokens are in the body', async () => {
    await expect(login({ redirect: '/' }, { cookies: false })).rejects.toThrow(/cookies: false/);
  });

  it('accepts any method and origin with csrf: false', async () => {
    const requests = [
      new Request(`${ISSUER}/auth/callback?code=a`, {
        headers: { 'sec-fetch-site': 'cross-site' },
      }),
      post('/auth/saml', undefined, {
        origin: 'https://idp.example',
        'sec-fetch-site': 'cross-site',
      }),
    ];
    for (const request of requests) {
      const { handlers } = setupHandlers();
      const options = { csrf: false, redirect: '/' };
      expect((await handlers.login(request.clone(), 'ada', options)).status).toBe(303);
      const rejected = await handlers.login(request, 'ada', { redirect: '/' });
      expect(rejected.status).toBe(request.method === 'GET' ? 405 : 403);
    }
  });
});

describe('the meta hook', () => {
  it('omits a value that is too long or cannot be stored, with one warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    for (const value of ['x'.repeat(5000), 1n, () => {}, undefined]) {
      const { handlers, sessions } = await setupLogin({}, { meta: () => value });
      const response = await handlers.login(post('/auth/login'), 'bob');
      expect([response.status, cookiesOf(response).length > 100]).toEqual([200, true]);
      expect(await sessions.list('bob')).toMatchObject([{ meta: null }]);
    }
    const codes = warn.mock.calls.map(([, options]) => Object(options).code);
    expect(codes).toEqual(['JOTKIT_SESSION_META']);
    warn.mockRestore();
  });

  it('does not hide a "meta" of the caller that is too long', async () => {
    await expect(login({ meta: 'x'.repeat(5000) })).rejects.toThrow(/"meta" must be/);
  });
});

describe('isClient', () => {
  it('receives the parameters of a form or of JSON: client_secret_post', async () => {
    const isClient = (_: Request, form: URLSearchParams) => form.get('client_secret') === 's3cret';
    const { handlers, sessions } = setupHandlers({}, { isClient, cookies: tokenCookies() });
    const { access: token } = await sessions.issue('ada');
    for (const [client_secret, status] of [
      ['s3cret', 200],
      ['other', 401],
    ] as const) {
      const form = { token, client_id: 'api', client_secret };
      expect((await handlers.introspection(post('/i', form))).status).toBe(status);
      const json = post('/i', JSON.stringify(form), { 'content-type': 'application/json' });
      expect((await handlers.introspection(json)).status).toBe(status);
    }
  });
});
