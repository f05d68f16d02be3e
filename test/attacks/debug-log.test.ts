import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuthenticatorOptions,
  bearer,
  cookie,
  createAuthenticator,
} from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { collectDebugLines } from '../fixtures/debug-lines.ts';
import { forge } from '../fixtures/tokens.ts';
import { secret } from '../http/requests.ts';
import { leaks } from './leaks.ts';

const lines = collectDebugLines();

/** What a terminal or a log obeys: C0, C1, line separators, bidi, zero width, lone surrogates. */
const CONTROLS = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Options of which a token breaks one, with a key for which the token is signed or not. */
const failing: readonly AuthenticatorOptions[] = [
  { key: secret, audience: 'api' },
  { key: secret, issuer: 'https://id.example' },
  { key: secret, subject: 'grace' },
  { key: secret, typ: 'at+jwt' },
  { key: secret, requiredClaims: ['tenant'] },
  { key: secret, maxAge: 1 },
  { key: secret, scopes: 'orders:read' },
  { key: secret, isRevoked: () => true },
  { key: secret, authorize: () => false },
  { key: 'another secret of the attacks, of 32 bytes or more' },
  { key: secret.repeat(2), algorithms: ['HS512'] },
  { key: () => undefined },
  {
    key: ({ signingInput, signature }) => {
      throw new Error(`cannot use ${signingInput}.${signature} of ${signature}`);
    },
  },
  {
    key: secret,
    isRevoked: ({ token }) => {
      throw new Error(token);
    },
  },
];

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('\r\nJOTKIT 1: 200 ok', '\u001b[2J', '\u2028x', '\u202e', '\u009b2J', '\ud800'),
);

const hostileClaims = fc.record(
  {
    iss: hostileText,
    aud: fc.oneof(hostileText, fc.array(hostileText, { maxLength: 6 })),
    exp: fc.constantFrom(1, 1e11),
    nbf: fc.constantFrom(0, 1e12),
    iat: fc.constantFrom(0, 1e12),
  },
  { requiredKeys: [] },
);

describe('a line of NODE_DEBUG', () => {
  it('contains no token, no part of it, no secret and no other claim', async () => {
    const marked = fc.record({ header: fc.dictionary(fc.constantFrom('kid', 'typ'), hostileText) });
    await fc.assert(
      fc.asyncProperty(
        marked,
        hostileClaims,
        fc.constantFrom(...failing),
        fc.constantFrom('', 'Bearer ', '"', 'x.', 'Basic '),
        fc.boolean(),
        async ({ header }, claims, options, prefix, inCookie) => {
          lines.length = 0;
          const hidden = {
            sub: 'ada@private.example',
            email: 'ada@mail.example',
            jti: 'jti-of-ada',
          };
          const token = forge(
            { alg: 'HS256', ...header },
            { ...claims, ...hidden },
            Buffer.from(secret),
          );
          const authenticate = createAuthenticator({ ...options, from: [bearer(), cookie('at')] });
          const sent = encodeURI(prefix) === prefix ? prefix + token : token;
          const headers = inCookie ? { cookie: `at=${sent}` } : { authorization: `Bearer ${sent}` };
          const method = inCookie ? 'POST' : 'GET';
          await authenticate({ method, headers });
          expect(lines).toHaveLength(1);
          const [line = ''] = lines;
          expect(line).not.toMatch(CONTROLS);
          for (const part of [...token.split('.'), secret, ...Object.values(hidden)]) {
            expect(line).not.toContain(part);
          }
          expect(leaks(line, token, options.key)).toEqual([]);
          expect(line.length).toBeLessThan(1000);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('contains nothing of a credential that is no token', async () => {
    const authenticate = createAuthenticator({ key: secret });
    const values = [
      'hunter2',
      'hunter',
      'Basic YWRhOmxvdmVsYWNl',
      'Digest username="ada"',
      'a,b c',
    ];
    for (const authorization of values) await authenticate({ headers: { authorization } });
    expect(lines.join('\n')).not.toMatch(/hunter|YWRh|ada|"a/);
    expect(lines).toHaveLength(values.length);
  });

  it('contains no bytes of a key', async () => {
    const pairs = [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      generateKeyPairSync('ed25519'),
    ] as Array<{ publicKey: KeyObject; privateKey: KeyObject }>;
    for (const { publicKey, privateKey } of pairs) {
      const authenticate = createAuthenticator({ key: publicKey });
      await authenticate.verify(createSigner(secret)({}));
      await authenticate.verify(`${createSigner(privateKey)({}).slice(0, -8)}AAAAAAAA`);
      expect(leaks(lines, publicKey, privateKey)).toEqual([]);
    }
    expect(lines).toHaveLength(2 * pairs.length);
  });

  it.each([
    ['postgres://ada:hunter2@db.example/app', 'postgres://…'],
    ['postgres://ada:hunter2', 'postgres://…'],
    ['https://id.example/jwks.json?code=hunter2#x', 'https://id.example/jwks.json'],
    ['https://id.example/jwks.json?mail=ada@hunter2', 'https://…'],
    ['https://id.example:8443/jwks.json', 'https://id.example:8443/jwks.json'],
    ['ftp://id.example: timeout', 'ftp://id.example: timeout'],
    ['\r\n\u001b[31mred', '\\r\\n\\u001b[31mred'],
  ])(
    'removes credentials and controls from the messages of a key source and its cause',
    async (message, expected) => {
      const authenticate = createAuthenticator({
        key: () => {
          throw new Error(message, { cause: new TypeError(message) });
        },
      });
      await authenticate.verify(createSigner(secret)({}));
      expect(lines).toEqual([
        `503 key_unavailable ERR_KEY_SOURCE: the key source failed: Error: ${expected}: TypeError: ${expected}; "alg" is "HS256", "kid" is absent`,
      ]);
    },
  );

  it('costs linear time for a message of a million characters', async () => {
    const authenticate = createAuthenticator({
      key: ({ header }) => {
        throw new Error(String(header.kid).repeat(250_000));
      },
    });
    const start = performance.now();
    for (const keyid of ['aaaa', 'a://', 'eyJ ', '"\\ :']) {
      await authenticate.verify(createSigner(secret, { keyid })({}));
    }
    expect(performance.now() - start).toBeLessThan(2000);
    expect(lines).toHaveLength(4);
  });
});
