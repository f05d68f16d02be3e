import { afterEach, describe, expect, it, vi } from 'vitest';
import { decode } from '../../src/index.ts';
import { discover } from '../../src/jwk/index.ts';
import { createTestIssuer, type TestIssuerOptions } from '../../src/testing/index.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

afterEach(() => vi.unstubAllEnvs());

describe('createTestIssuer', () => {
  it('throws in production', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const error = await rejectionOf(createTestIssuer());
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toContain('NODE_ENV must not be "production"');
  });

  it.each([undefined, 'test', 'development'])('runs if NODE_ENV is %j', async (value) => {
    vi.stubEnv('NODE_ENV', value);
    await expect(createTestIssuer({ algorithm: 'ES256' })).resolves.toHaveProperty('issuer');
  });

  it.each<[string, unknown]>([
    ['issuer', 'issuer.test'],
    ['issuer', 'ftp://issuer.test'],
    ['issuer', 'https://user:pass@issuer.test'],
    ['issuer', 'https://issuer.test/?tenant=1'],
    ['issuer', 'https://issuer.test/#x'],
    ['issuer', undefined],
    ['algorithm', 'HS256'],
    ['algorithm', 'none'],
    ['algorithm', 'rs256'],
    ['audience', ''],
    ['audience', []],
    ['typ', ''],
    ['expiresIn', '5'],
    ['expiresIn', -1],
    ['clock', 5],
    ['listen', 0],
    ['listen', 65_536],
    ['listen', '8080'],
    ['listens', true],
  ])('rejects the option %s: %j', async (name, value) => {
    const error = await rejectionOf(createTestIssuer({ [name]: value } as never));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toContain(`"${name}"`);
  });

  it('suggests the algorithm that a misspelt one means', async () => {
    const error = await rejectionOf(createTestIssuer({ algorithm: 'rs256' as never }));
    expect(error.message).toMatch(/got "rs256": did you mean RS256\?$/);
  });

  it('rejects issuer together with listen', async () => {
    const options: TestIssuerOptions = { issuer: 'https://issuer.test', listen: true };
    expect((await rejectionOf(createTestIssuer(options))).message).toMatch(/exclude each other/);
  });

  it.each([
    ['https://id.example', 'https://id.example/.well-known/jwks.json'],
    ['https://id.example/', 'https://id.example/.well-known/jwks.json'],
    ['https://id.example/tenant', 'https://id.example/tenant/.well-known/jwks.json'],
    ['https://id.example/a/b/', 'https://id.example/a/b/.well-known/jwks.json'],
    ['http://localhost:8080', 'http://localhost:8080/.well-known/jwks.json'],
  ])('serves the issuer %s by both kinds of discovery', async (name, jwksUri) => {
    const issuer = await createTestIssuer({ algorithm: 'ES256', issuer: name });
    expect(issuer).toMatchObject({ issuer: name, jwksUri });
    const { metadata } = await discover(name, { fetch: issuer.fetch });
    expect(metadata).toMatchObject({ issuer: name, jwks_uri: jwksUri });
    const { origin, pathname } = new URL(name);
    const path = pathname.replace(/\/$/, '');
    const url = `${origin}/.well-known/oauth-authorization-server${path}`;
    expect(await (await issuer.fetch(url)).json()).toEqual(metadata);
    expect(decode(await issuer.token())).toMatchObject({ iss: name });
  });

  it('reads its own members only', async () => {
    const polluted = Object.prototype as { listen?: boolean; typ?: string };
    try {
      polluted.typ = 'polluted';
      polluted.listen = true;
      const issuer = await createTestIssuer({ algorithm: 'ES256' });
      expect(issuer.issuer).toBe('https://issuer.test');
      const { header } = decode(await issuer.token(), { complete: true }) ?? {};
      expect(header?.typ).toBe('JWT');
    } finally {
      delete polluted.listen;
      delete polluted.typ;
    }
  });

  it('returns functions that work detached', async () => {
    const { fetch, jwksUri, token, rotate, outage, recover, close } = await createTestIssuer({
      algorithm: 'ES256',
    });
    const kid = await rotate();
    expect(decode(await token(), { complete: true })?.header.kid).toBe(kid);
    outage();
    expect((await fetch(jwksUri)).status).toBe(503);
    recover();
    expect((await fetch(jwksUri)).status).toBe(200);
    await close();
  });
});
