/** Attacks on applications and on servers of the loopback interface. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { attack } from '../../src/testing/index.ts';
import { listening } from '../adapters/listening.ts';
import { serve } from '../adapters/serve.ts';
import { audience, genuine, issuer } from './fixtures.ts';

const { fixtures, verifying } = genuine.HS256;
const verify = createVerifier(verifying, { issuer, audience });

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Verifies the token that `find` finds, and responds with 200 or 401. */
const protectedBy =
  (find: (request: IncomingMessage) => string | undefined): Handler =>
  (request, response) => {
    try {
      verify(find(request) ?? '');
    } catch {
      response.statusCode = 401;
    }
    response.end();
  };

const bearerOf = ({ headers }: IncomingMessage) =>
  /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
const queryOf = ({ url = '' }: IncomingMessage) =>
  new URL(url, 'http://localhost').searchParams.get('access_token') ?? undefined;
const cookieOf = ({ headers }: IncomingMessage) =>
  /(?:^|; )token=([^;]*)/.exec(headers.cookie ?? '')?.[1];

const app = protectedBy(bearerOf);
const ids = (rows: ReadonlyArray<{ id: string }>) => rows.map(({ id }) => id);

describe('an application', () => {
  it('is started on 127.0.0.1 and closed at the end', async () => {
    const hosts = new Set<string>();
    let address: unknown;
    const report = await attack((request: IncomingMessage, response: ServerResponse) => {
      address = request.socket.localAddress;
      hosts.add(request.headers.host ?? '');
      return app(request, response);
    }, fixtures);
    expect(report).toMatchObject({ ok: true, holes: [], inconclusive: undefined });
    expect(address).toBe('127.0.0.1');
    const [host, ...others] = hosts;
    expect(host).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(others).toEqual([]);
    await expect(fetch(`http://${host}`)).rejects.toThrow();
  });

  it('is attacked at its route, with its method', async () => {
    const create = express();
    create.put('/orders', (request, response) => void app(request, response));
    const route = '/orders?page=1';
    const report = await attack(create, fixtures, { route, method: 'PUT' });
    expect(report).toMatchObject({ ok: true, inconclusive: undefined });
    const missed = await attack(create, fixtures, { route });
    expect(missed.inconclusive).toMatch(/call 1: responded with 404/);
  });

  it('that needs no token makes the report inconclusive', async () => {
    const open: Handler = (_request, response) => response.end();
    const report = await attack(open, fixtures);
    expect(report.inconclusive).toBe('the route requires no token: responded with 200 without one');
    expect(report.ok).toBe(false);
    expect(report.holes.length).toBeGreaterThan(100);
  });

  it('that accepts Basic makes the report inconclusive', async () => {
    const basic: Handler = (request, response) => {
      if (request.headers.authorization?.startsWith('Basic')) return response.end();
      return app(request, response);
    };
    const report = await attack(basic, fixtures);
    expect(report.inconclusive).toBe('the route requires no token: responded with 200 to "Basic"');
  });

  it('that never ends its response accepts with the head', async () => {
    const endless: Handler = (request, response) => {
      try {
        verify(bearerOf(request) ?? '');
        response.writeHead(200).write('event: ready\n\n');
      } catch {
        response.writeHead(401).end();
      }
    };
    const report = await attack(endless, fixtures, { only: 'claims' });
    expect(report).toMatchObject({ ok: true, inconclusive: undefined });
  });

  it('that limits the rate of requests makes the report inconclusive', async () => {
    let requests = 0;
    const limited: Handler = (request, response) => {
      // The controls, which come before and after the ten cases, are within the limit.
      if (++requests > 6 && requests <= 16) return response.writeHead(429).end();
      return app(request, response);
    };
    const only = 'crit';
    const report = await attack(limited, fixtures, { route: '/', only });
    expect(report.inconclusive).toBe(
      'the target responded with 429 to 10 tokens: lift its rate limit for the attack',
    );
    expect(report.skipped).toHaveLength(10);
    expect(report.skipped[0]?.reason).toBe('responded with 429');
    expect(report.ok).toBe(false);
  });

  it('that sends an endless body is not read to its end', async () => {
    let isOpen = 0;
    const endless: Handler = (request, response) => {
      try {
        verify(bearerOf(request) ?? '');
      } catch {
        return response.writeHead(401).end();
      }
      isOpen++;
      const timer = setInterval(() => response.write('x'), 1);
      return response.once('close', () => {
        isOpen--;
        clearInterval(timer);
      });
    };
    let most = 0;
    const watched: Handler = (request, response) => {
      most = Math.max(most, isOpen);
      return endless(request, response);
    };
    const report = await attack(watched, fixtures, { only: ['typ', 'crit'] });
    expect(report).toMatchObject({ ok: true, inconclusive: undefined });
    expect(most).toBeLessThan(5);
  });

  it('that throws for forged tokens is noted, not stopped', async () => {
    const throwing: Handler = async (request, response) => {
      verify(bearerOf(request) ?? '');
      response.end();
    };
    const report = await attack(throwing, fixtures, {
      route: '/',
      only: ['crit', 'unsigned/none'],
    });
    expect(report).toMatchObject({ ok: true, inconclusive: undefined });
    expect(report.notes).toHaveLength(report.cases);
    expect(report.notes[0]).toMatchObject({ reference: 'CWE-248', outcome: 'responded with 500' });
  });

  it('that fails behind its headers, or hangs up, is noted', async () => {
    const broken: Handler = async (request, response) => {
      try {
        verify(bearerOf(request) ?? '');
        response.end();
      } catch {
        if (request.headers.authorization?.includes('..')) request.socket.destroy();
        else {
          response.writeHead(401);
          response.flushHeaders();
          throw new Error('too late');
        }
      }
    };
    const only = ['crit/cnf', 'jwe/empty-parts'];
    const report = await attack(broken, fixtures, { only });
    expect(report.inconclusive).toBeUndefined();
    expect(report.notes.map(({ outcome }) => outcome)).toEqual([
      expect.stringMatching(/^no response: |^the connection was closed/),
    ]);
  });

  it('that does not respond in time makes the report inconclusive', async () => {
    const hanging: Handler = (request, response) => {
      if (bearerOf(request)?.includes('..')) return;
      app(request, response);
    };
    const only = 'jwe/empty-parts';
    const report = await attack(hanging, fixtures, { only, timeout: 0.05 });
    expect(report.notes).toMatchObject([{ outcome: 'no response in time' }]);
    const never = await attack((_request: unknown, _response: unknown) => {}, fixtures, {
      only,
      timeout: '20ms',
    });
    expect(never.inconclusive).toMatch(/call 1: no response in time/);
  });

  it('is told apart from a verifier with two parameters', async () => {
    const two = (token: string, context: unknown) => verify(token, context);
    expect(two.length).toBe(2);
    const nulls = async (token: string, context: unknown) => {
      try {
        return verify(token, context);
      } catch {
        return null;
      }
    };
    for (const target of [two, nulls] as Array<(token: string) => unknown>) {
      const report = await attack(target, fixtures, { timeout: '50ms' });
      expect(report).toMatchObject({ ok: true, inconclusive: undefined });
      expect(report.skipped).toEqual([]);
    }
  });

  it('receives only what a header can carry', async () => {
    const { skipped } = await attack(app, fixtures);
    expect(ids(skipped)).toEqual(
      expect.arrayContaining(['text/signature-line-feed', 'text/blank-after', 'text/bom-before']),
    );
    expect(new Set(skipped.map(({ reason }) => reason))).toEqual(
      new Set(['an HTTP header cannot carry it']),
    );
    const claims = { ...fixtures.claims, more: 'x'.repeat(9000) };
    const long = await attack(app, { ...fixtures, claims }, { only: 'transport' });
    expect(long.skipped[0]?.reason).toBe('it is too long for an HTTP request');
  });
});

describe('tokens elsewhere in a request', () => {
  it('are noted if a query or a rejected header falls back to them', async () => {
    const anywhere = protectedBy((request) => {
      const found = [bearerOf(request), queryOf(request)].filter((token) => {
        try {
          return token !== undefined && verify(token);
        } catch {
          return false;
        }
      });
      return found[0];
    });
    const report = await attack(anywhere, fixtures, { only: 'transport' });
    expect(report.holes).toEqual([]);
    expect(ids(report.notes)).toEqual(
      expect.arrayContaining(['transport/query', 'transport/forged-header-genuine-query']),
    );
  });

  it('are a hole if a query or a cookie is not verified', async () => {
    const careless: Handler = (request, response) => {
      if (queryOf(request) !== undefined || cookieOf(request) !== undefined) return response.end();
      return app(request, response);
    };
    const report = await attack(careless, fixtures, { only: 'transport' });
    expect(ids(report.holes)).toEqual(
      expect.arrayContaining(['transport/query-forged', 'transport/cookie-forged']),
    );
  });

  it('are a hole if a POST of another site is accepted for its cookie', async () => {
    const open = protectedBy((request) => bearerOf(request) ?? cookieOf(request));
    const report = await attack(open, fixtures, { only: 'transport' });
    expect(ids(report.holes)).toEqual([
      'transport/cookie-cross-site',
      'transport/cookie-other-origin',
      'transport/cookie-null-origin',
    ]);
    expect(ids(report.notes)).toContain('transport/cookie-no-origin');
  });

  it('are noted after another scheme', async () => {
    const loose = protectedBy(({ headers }) => headers.authorization?.split(' ').at(-1));
    const report = await attack(loose, fixtures, { only: 'transport' });
    expect(ids(report.notes)).toEqual(
      expect.arrayContaining(['transport/no-scheme', 'transport/scheme-dpop']),
    );
  });
});

describe('a cookie', () => {
  const session = protectedBy(
    ({ headers }) => /(?:^|; )session=([^;]*)/.exec(headers.cookie ?? '')?.[1],
  );

  it('can carry the tokens', async () => {
    const report = await attack(session, fixtures, { cookie: 'session', skip: 'transport' });
    expect(report).toMatchObject({ ok: true, inconclusive: undefined });
    expect(report.cases).toBeGreaterThan(200);
    expect((await attack(session, fixtures)).inconclusive).toMatch(/call 1: responded with 401/);
  });

  it('that is only decoded is a hole', async () => {
    const careless: Handler = (request, response) => {
      response.statusCode = request.headers.cookie?.includes('at-1=ey') ? 200 : 401;
      response.end();
    };
    const report = await attack(careless, fixtures, { cookie: 'at-1' });
    expect(ids(report.holes)).toEqual(
      expect.arrayContaining(['unsigned/none', 'transport/cookie-forged']),
    );
    expect(report.inconclusive).toBeUndefined();
  });

  it('of a POST from another site is a hole', async () => {
    const report = await attack(session, fixtures, { cookie: 'session', only: 'transport' });
    expect(ids(report.holes)).toEqual([
      'transport/cookie-cross-site',
      'transport/cookie-other-origin',
      'transport/cookie-null-origin',
    ]);
  });

  it('receives only what it can carry', async () => {
    const { skipped } = await attack(session, fixtures, { cookie: 'session', only: 'text' });
    const reasons = new Map(skipped.map(({ id, reason }) => [id, reason]));
    expect(reasons.get('text/json')).toBe('a cookie cannot carry it');
  });
});

describe('a header', () => {
  it('can carry the tokens without a scheme', async () => {
    const own = protectedBy(({ headers }) => String(headers['x-access-token']));
    const report = await attack(own, fixtures, { header: 'X-Access-Token' });
    expect(report).toMatchObject({ ok: true, holes: [], inconclusive: undefined });
    const bare = protectedBy(({ headers }) => headers.authorization);
    const other = await attack(bare, fixtures, { header: 'Authorization', only: 'transport' });
    expect(other).toMatchObject({ ok: true, inconclusive: undefined });
    expect(ids(other.notes).filter((id) => id.includes('scheme'))).toEqual([]);
  });

  it('of which a server reads one of two values is noted', async () => {
    const first = protectedBy(({ headers }) => String(headers['x-at']).split(', ').at(-1));
    const report = await attack(first, fixtures, { header: 'X-At', only: 'transport' });
    expect(ids(report.notes)).toContain('transport/headers-forged-first');
  });
});

describe('a URL', () => {
  it('of each loopback literal is attacked', async () => {
    const origin = await serve(app);
    const { port } = new URL(origin);
    for (const host of ['127.0.0.1', 'localhost']) {
      const report = await attack(`http://${host}:${port}/`, fixtures, { only: 'unsigned' });
      expect(report).toMatchObject({ ok: true, inconclusive: undefined });
    }
    const report = await attack(new URL(origin), fixtures, { route: '/me', only: 'unsigned' });
    expect(report).toMatchObject({ ok: true, inconclusive: undefined });
  });

  it('without a server makes the report inconclusive', async () => {
    const server = await listening(createServer());
    await server.close();
    const report = await attack(server.origin, fixtures, { only: 'unsigned' });
    expect(report.inconclusive).toMatch(/call 1: no response: connect ECONNREFUSED/);
  });

  it.each([
    'http://example.com/',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'http://localhost./',
    'http://0.0.0.0/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://10.0.0.1/',
    'http://192.168.0.1/',
    'http://169.254.169.254/',
    'http://128.0.0.1/',
    'http://2130706432.example/',
    'https://localhost/',
    'ftp://localhost/',
    'http://user:password@localhost/',
    'http://localhost@example.com/',
    'localhost:3000',
    'not a url',
    '',
  ])('%j is a TypeError', async (url) => {
    await expect(attack(url, fixtures)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_OPTION_INVALID',
      message: expect.stringMatching(/^target must be /),
    });
  });

  it.each([[undefined], [null], [42], [{}]])('is not %j', async (target) => {
    await expect(attack(target as never, fixtures)).rejects.toThrow(/^target must be a function/);
  });

  it('that redirects is not followed', async () => {
    let followed = 0;
    const elsewhere = await serve((_request, response) => {
      followed++;
      response.end();
    });
    const origin = await serve((_request, response) => {
      response.writeHead(302, { location: elsewhere }).end();
    });
    const report = await attack(origin, fixtures, { only: 'unsigned' });
    expect(report.inconclusive).toMatch(/responded with 302/);
    expect(followed).toBe(0);
  });
});

describe('a proxy of the environment', () => {
  const names = ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
  const before = names.map((name) => process.env[name]);

  afterEach(() => {
    names.forEach((name, index) => {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
  });

  it('receives nothing', async () => {
    let requests = 0;
    const proxy = await serve((_request, response) => {
      requests++;
      response.end();
    });
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : proxy;
    const report = await attack(await serve(app), fixtures, { only: 'unsigned' });
    expect(report).toMatchObject({ ok: true, inconclusive: undefined });
    expect(requests).toBe(0);
  });
});
