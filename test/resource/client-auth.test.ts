import { describe, expect, it } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import type { ClientAuth } from '../../src/resource/client-auth.ts';
import { createIntrospector, type Introspector } from '../../src/resource/introspector.ts';
import { ec } from '../fixtures/keys.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { type IntrospectionRequest, RESOURCE, startAuthServer } from './auth-server.ts';

/** Returns what the server received from a client with these credentials. */
async function sent(auth: ClientAuth): Promise<IntrospectionRequest & { issuer: string }> {
  const server = await startAuthServer(() => ({ active: true, aud: RESOURCE }));
  const { issuer } = server;
  await createIntrospector({ issuer, auth, audience: RESOURCE })('opaque');
  const [request] = server.exchanges;
  if (!request) throw new Error('no request');
  return { ...request, issuer };
}

describe('the credentials', () => {
  it('are a secret in the header by default, form-encoded first (RFC 6749 §2.3.1)', async () => {
    const auth = { clientId: 'a:b c', clientSecret: "s&%ü!'()*~é" };
    const { headers, form } = await sent(auth);
    const [scheme, value = ''] = headers.authorization?.split(' ') ?? [];
    expect(scheme).toBe('Basic');
    const pair = Buffer.from(value, 'base64').toString();
    expect(pair).toBe('a%3Ab+c:s%26%25%C3%BC%21%27%28%29*%7E%C3%A9');
    expect([...form.keys()]).toEqual(['token', 'token_type_hint']);
  });

  it('are a secret in the body with method: "post"', async () => {
    const auth = { clientId: 'a:b', clientSecret: 's&', method: 'post' } as const;
    const { headers, form } = await sent(auth);
    expect(headers.authorization).toBeUndefined();
    expect(form.get('client_id')).toBe('a:b');
    expect(form.get('client_secret')).toBe('s&');
  });

  it('are a signed assertion with a key, for the issuer', async () => {
    const { privateKey, publicKey } = ec();
    const { form, issuer } = await sent({ clientId: 'orders', key: privateKey, keyid: 'k1' });
    expect(form.get('client_id')).toBe('orders');
    expect(form.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    );
    const verify = createVerifier(publicKey, { audience: issuer, complete: true });
    const { header, payload } = verify(form.get('client_assertion') ?? '');
    expect(header).toMatchObject({ alg: 'ES256', kid: 'k1' });
    expect(payload).toMatchObject({ iss: 'orders', sub: 'orders' });
    expect(typeof payload.jti).toBe('string');
    expect(Number(payload.exp) - Number(payload.iat)).toBe(60);
  });

  it.each<[string, ClientAuth]>([
    ['a string', { bearer: 'abc.def' }],
    ['a function', { bearer: () => 'abc.def' }],
    ['an async function', { bearer: async () => 'abc.def' }],
  ])('are an access token with bearer: %s', async (_what, auth) => {
    expect((await sent(auth)).headers.authorization).toBe('Bearer abc.def');
  });

  it.each<[string, () => unknown]>([
    ['no token', () => undefined],
    ['two lines', () => 'a\r\nX-Evil: 1'],
    ['an error', () => Promise.reject(new Error('down'))],
  ])('cause IntrospectionError if "bearer" returns %s', async (_what, bearer) => {
    const server = await startAuthServer();
    const auth = { bearer: bearer as () => string };
    const { issuer } = server;
    const introspect = createIntrospector({ issuer, auth, audience: RESOURCE });
    expect((await rejectionOf(introspect('opaque'))).code).toBe('ERR_INTROSPECTION');
    expect(server.exchanges).toHaveLength(0);
  });

  it.each<[string, object, (introspect: Introspector) => void]>([
    ['"timeout" has passed', { timeout: 0.1 }, () => {}],
    ['close was called', {}, (introspect) => introspect.close()],
  ])('cause IntrospectionError if "bearer" returns nothing until %s', async (_, more, end) => {
    const auth = { bearer: () => new Promise<string>(() => {}) };
    const { issuer } = await startAuthServer();
    const introspect = createIntrospector({ issuer, auth, audience: RESOURCE, ...more });
    const pending = rejectionOf(introspect('opaque'));
    end(introspect);
    expect((await pending).code).toBe('ERR_INTROSPECTION');
  });

  it.each<[string, unknown]>([
    ['"auth" must be', 'secret'],
    ['"auth" must be', {}],
    ['"auth" must be', { clientId: 'a' }],
    ['"auth" must be', { clientSecret: 's' }],
    ['"auth" must be', { clientId: 'a', clientSecret: 's', key: ec().privateKey }],
    ['"auth" must be', Object.create({ bearer: 'x' })],
    ['"clientSecret" must be', { clientId: 'a', clientSecret: '' }],
    ['"method" must be "basic" or "post"', { clientId: 'a', clientSecret: 's', method: 'get' }],
    ['"key" must be', { clientId: 'a', key: undefined }],
    ['a public key', { clientId: 'a', key: ec().publicKey }],
    ['"bearer" must be', { bearer: '' }],
    ['"clientId" is not an option', { bearer: 'x', clientId: 'a' }],
    ['"secret" is not an option', { clientId: 'a', clientSecret: 's', secret: 's' }],
  ])('are a TypeError if they are wrong: %s', (message, auth) => {
    const issuer = 'https://id.example';
    const create = () =>
      createIntrospector({ issuer, auth: auth as ClientAuth, audience: RESOURCE });
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });
});
