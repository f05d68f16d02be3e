import { describe, expect, it } from 'vitest';
import { createVerifier, KeySourceError } from '../../src/index.ts';
import { createRemoteJwks, discover } from '../../src/jwk/index.ts';
import { createTestIssuer, type OutageKind } from '../../src/testing/index.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';

const START = Date.UTC(2030, 0, 1);
const kinds: OutageKind[] = ['status', 'refused', 'timeout', 'html', 'truncated', 'empty'];

async function scene(listen = false) {
  const issuer = await createTestIssuer({ algorithm: 'ES256', listen, clock: () => START });
  const { fetch, now: clock } = issuer;
  // Over loopback by the global fetch.
  const options = { clock, timeout: '1s' as const, ...(!listen && { fetch }) };
  const jwks = createRemoteJwks(issuer.jwksUri, options);
  return { issuer, options, jwks, verify: createVerifier(jwks, { clock }) };
}

describe.each([
  ['as fetch', false],
  ['over loopback', true],
])('an outage %s', (_, listen) => {
  it.each(kinds)('%s makes the key source fail, and recover', async (kind) => {
    const { issuer, verify } = await scene(listen);
    const token = await issuer.token({ sub: 'ada' });
    issuer.outage(kind);
    expect(await rejectionOf(verify(token))).toBeInstanceOf(KeySourceError);
    issuer.recover();
    issuer.advance('2s');
    expect(await verify(token)).toMatchObject({ sub: 'ada' });
    await issuer.close();
  });

  it.each(kinds)('%s makes the discovery fail, and recover', async (kind) => {
    const { issuer, options } = await scene(listen);
    issuer.outage(kind);
    expect(await rejectionOf(discover(issuer.issuer, options))).toBeInstanceOf(KeySourceError);
    issuer.recover();
    expect((await discover(issuer.issuer, options)).metadata.jwks_uri).toBe(issuer.jwksUri);
    await issuer.close();
  });

  it('leaves the keys of a verifier that has them, for maxStale', async () => {
    const { issuer, verify } = await scene(listen);
    await verify(await issuer.token());
    issuer.outage('refused');
    issuer.advance('2h');
    await verify(await issuer.token());
    issuer.advance('24h');
    expect(await rejectionOf(verify(await issuer.token()))).toBeInstanceOf(KeySourceError);
    await issuer.close();
  });

  it('responds as fetch reports it', async () => {
    const { issuer } = await scene(listen);
    const fetched = () => (listen ? fetch(issuer.jwksUri) : issuer.fetch(issuer.jwksUri));
    issuer.outage();
    expect((await fetched()).status).toBe(503);
    issuer.outage('refused');
    expect(await rejectionOf(fetched())).toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { code: expect.stringMatching(/^(ECONN|UND_ERR_SOCKET)/) },
    });
    issuer.outage('html');
    const page = await fetched();
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    issuer.outage('truncated');
    const response = await fetched();
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/jwk-set+json',
    ]);
    expect(await rejectionOf(response.text())).toMatchObject({
      name: 'TypeError',
      message: 'terminated',
    });
    issuer.outage('empty');
    const empty = await fetched();
    expect([await empty.text(), empty.headers.get('etag')]).toEqual(['{"keys":[]}', null]);
    await issuer.close();
  });

  it('ignores the ETag of a client', async () => {
    const { issuer } = await scene(listen);
    const send = listen ? fetch : issuer.fetch;
    const etag = (await send(issuer.jwksUri)).headers.get('etag') ?? '';
    const headers = { 'if-none-match': etag };
    expect((await send(issuer.jwksUri, { headers })).status).toBe(304);
    issuer.outage('empty');
    expect((await send(issuer.jwksUri, { headers })).status).toBe(200);
    await issuer.close();
  });
});

describe('a request that waits', () => {
  it('ends with the reason of its signal', async () => {
    const { issuer } = await scene();
    for (const wait of [() => issuer.outage('timeout'), () => issuer.slow('1h')]) {
      issuer.recover();
      wait();
      const controller = new AbortController();
      const pending = rejectionOf(issuer.fetch(issuer.jwksUri, { signal: controller.signal }));
      controller.abort(new Error('given up'));
      expect((await pending).message).toBe('given up');
    }
  });

  it('ends when the issuer is closed', async () => {
    const { issuer } = await scene();
    issuer.outage('timeout');
    const pending = rejectionOf(issuer.fetch(issuer.jwksUri));
    await issuer.close();
    expect(await pending).toMatchObject({
      message: 'fetch failed',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('is not sent with a signal that is aborted', async () => {
    const { issuer } = await scene();
    const signal = AbortSignal.abort(new Error('too late'));
    expect((await rejectionOf(issuer.fetch(issuer.jwksUri, { signal }))).message).toBe('too late');
    expect(issuer.requests).toEqual([]);
  });
});

describe('a slow issuer', () => {
  it('responds after the delay, until it recovers', async () => {
    const { issuer } = await scene();
    issuer.slow('50ms');
    const start = performance.now();
    expect((await issuer.fetch(issuer.jwksUri)).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(45);
    issuer.slow('1h');
    issuer.recover();
    expect((await issuer.fetch(issuer.jwksUri)).status).toBe(200);
  });

  it('exceeds the timeout of a verifier', async () => {
    const { issuer } = await scene();
    const { fetch, now: clock } = issuer;
    issuer.slow('50ms');
    const jwks = createRemoteJwks(issuer.jwksUri, { fetch, clock, timeout: '5ms' });
    expect((await rejectionOf(jwks.reload())).message).toContain('no complete response within');
  });

  it('fails after the delay in an outage', async () => {
    const { issuer } = await scene();
    issuer.slow('5ms');
    issuer.outage('status');
    expect((await issuer.fetch(issuer.jwksUri)).status).toBe(503);
  });

  it.each(['2', -1, 'slow', null])('does not accept the delay %j', async (duration) => {
    const { issuer } = await scene();
    expect(errorOf(() => issuer.slow(duration as never))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_OPTION_INVALID',
    });
  });
});

it.each(['statuss', '', null, 'toString', 503])('is no kind of outage: %j', async (kind) => {
  const { issuer } = await scene();
  const error = errorOf(() => issuer.outage(kind as never));
  expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
  expect(error.message).toMatch(/^"kind" must be one of status, /);
  expect((await issuer.fetch(issuer.jwksUri)).status).toBe(200);
});
