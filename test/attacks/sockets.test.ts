import { describe, expect, it } from 'vitest';
import {
  type AuthenticatorOptions,
  bearer,
  cookie,
  createAuthenticator,
  wsProtocol,
} from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { polluted, secret } from '../http/requests.ts';

const token = createSigner(secret, { expiresIn: '10m' })({ sub: 'ada' });
const host = 'api.example';
const victim = { host, upgrade: 'websocket', cookie: `at=${token}` };
const evil = 'https://evil.example';

async function open(
  headers: Record<string, string>,
  { method = 'GET', ...options }: { method?: string } & Partial<AuthenticatorOptions> = {},
) {
  const from = [bearer(), wsProtocol('bearer'), cookie('at')];
  const authenticate = createAuthenticator({ key: secret, from, ...options } as never);
  return (await authenticate({ method, headers: { ...victim, ...headers } })).status;
}

describe('cross-site WebSocket hijacking (RFC 6455 §10.2)', () => {
  it.each([
    ['an origin that ends like the host', { origin: `https://evil-${host}` }],
    ['an origin that starts like the host', { origin: `https://${host}.evil.example` }],
    ['the host as a user name', { origin: `https://${host}@evil.example` }],
    ['the host on another port', { origin: `https://${host}:8443` }],
    ['a sandboxed frame', { origin: 'null' }],
    ['an empty Origin', { origin: '' }],
    ['a forwarded host', { origin: evil, 'x-forwarded-host': 'evil.example' }],
    ['a method override', { origin: evil, 'x-http-method-override': 'HEAD' }],
    ['a list in Upgrade', { origin: evil, upgrade: 'h2c, WebSocket' }],
    ['a version in Upgrade', { origin: evil, upgrade: 'websocket/13' }],
    ['another scheme in Authorization', { origin: evil, authorization: 'Basic eDp5' }],
    ['another protocol', { origin: evil, 'sec-websocket-protocol': 'graphql-ws' }],
  ])('is rejected with %s', async (_, headers) => {
    expect(await open(headers)).toBe('rejected');
    expect(await open({ ...headers, 'sec-fetch-site': 'same-origin' })).toBe('rejected');
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'POST', 'CONNECT'])('is rejected with %s', async (method) => {
    expect(await open({ origin: evil }, { method })).toBe('rejected');
    expect(await open({ origin: `https://${host}` }, { method })).toBe('authenticated');
  });

  it('is rejected from a guest route, too: a guest would see what the cookie opens', async () => {
    const guests = { credentialsRequired: false, onInvalid: 'anonymous' } as const;
    expect(await open({ origin: evil }, guests)).toBe('rejected');
  });

  it('is rejected with a polluted prototype', async () => {
    const members = { origin: `https://${host}`, origins: [evil], csrf: false };
    const status = await polluted(members, () => open({ origin: evil }));
    expect(status).toBe('rejected');
  });

  it('asks no function that parses about an origin that cannot be parsed', async () => {
    const origins = (origin: string) => new URL(origin).hostname === 'app.example';
    for (const origin of ['null', '', 'x', `https://${'a.'.repeat(50_000)}example`]) {
      expect(await open({ origin }, { csrf: { origins } })).toBe('rejected');
    }
    expect(await open({ origin: 'https://app.example' }, { csrf: { origins } })).toBe(
      'authenticated',
    );
  });
});
