/** K8, K9: what a JWK says of itself binds, and nothing in a header chooses a key. */

import { type JsonWebKey, type KeyObject, sign as signBytes } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import {
  createSigner,
  createVerifier,
  type Jwk,
  sign,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { ec, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { forge, segment } from '../fixtures/tokens.ts';
import { acceptedBy, rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';
import { certificate } from './material.ts';

const claims = { sub: 'admin' };
const jwkOf = (key: KeyObject): Jwk => ({
  ...(key.export({ format: 'jwk' }) as JsonWebKey & { kty: string }),
});
const oct: Jwk = { kty: 'oct', k: secret.toString('base64url') };

describe('"alg", "use" and "key_ops" of a JWK bind it (RFC 7517 §4)', () => {
  test('allowInvalidAsymmetricKeyTypes does not lift what a JWK says of itself', async () => {
    const token = createSigner(rsa().privateKey, { algorithm: 'RS256' })(claims);
    const jwk = { ...jwkOf(rsa().publicKey), use: 'enc' };
    expect(() => verify(token, jwk, { allowInvalidAsymmetricKeyTypes: true })).toThrow(/use/);
    const lifted = { allowInvalidAsymmetricKeyTypes: true };
    const bound = { ...jwkOf(rsa().publicKey), alg: 'PS256' };
    expect(() => verify(token, bound, { ...lifted, algorithms: ['RS256'] })).toThrow(
      'the key may only be used with "alg" PS256, not RS256',
    );
    const bySecret = createSigner(oct)(claims);
    expect(() =>
      verify(bySecret, { ...oct, alg: 'HS512' }, { ...lifted, algorithms: ['HS256'] }),
    ).toThrow('the key may only be used with "alg" HS512, not HS256');
    expect(() =>
      sign(claims, { ...oct, alg: 'HS512' }, { allowInvalidAsymmetricKeyTypes: true }),
    ).toThrow('the key may only be used with "alg" HS512, not HS256');
  });
});

describe('private members in a key given to verify', () => {
  test('are ignored: the public half decides', async () => {
    const [honest, other] = [jwkOf(ec().privateKey), jwkOf(ec('P-256').publicKey)];
    const token = createSigner(ec().privateKey)(claims);
    for (const door of verifyApis)
      expect(await door.verify(token, { ...honest, ...other })).toMatchObject(claims);
    for (const door of verifyApis)
      expect(await door.verify(token, { ...honest, d: 'AAAA' })).toMatchObject(claims);
  });
});

describe('a header that brings its own key does not choose it (CVE-2018-0114)', () => {
  const attacker = ec('secp256k1');
  const forger = ed25519();
  const publicJwk = jwkOf(forger.publicKey);
  const body = certificate.replace(/-----.*-----|\n/g, '');
  const extras: Record<string, Record<string, unknown>> = {
    jwk: { jwk: publicJwk },
    'jwk with the same kid': { jwk: { ...publicJwk, kid: 'main' }, kid: 'main' },
    'jwk oct': { jwk: oct },
    'jwk as a list': { jwk: [publicJwk] },
    jku: { jku: 'https://attacker.example/jwks.json' },
    'jku to itself': { jku: `data:application/json,${JSON.stringify({ keys: [publicJwk] })}` },
    x5u: { x5u: 'file:///proc/self/environ' },
    x5c: { x5c: [body] },
    'x5c as text': { x5c: body },
    'all of them': {
      jwk: publicJwk,
      jku: 'https://attacker.example/',
      x5u: 'https://attacker.example/',
      x5c: [body],
      x5t: 'AA',
    },
  };

  for (const [name, members] of Object.entries(extras)) {
    test(name, async () => {
      const fetched = vi.spyOn(globalThis, 'fetch');
      const input = `${segment({ alg: 'EdDSA', ...members })}.${segment(claims)}`;
      const token = `${input}.${signBytes(null, Buffer.from(input), forger.privateKey).toString('base64url')}`;
      const symmetric = forge({ alg: 'HS256', ...members }, claims, secret);
      for (const key of [
        rsa().publicKey,
        ec().publicKey,
        attacker.publicKey,
        'another secret, long enough for HS256',
      ]) {
        expect(await acceptedBy(verifyApis, token, key)).toEqual([]);
        expect(await acceptedBy(verifyApis, symmetric, key)).toEqual([]);
      }
      expect(fetched).not.toHaveBeenCalled();
      fetched.mockRestore();
    });
  }

  test('such members do not stand in the way of an honest token', async () => {
    const token = forge({ alg: 'HS256', jwk: publicJwk, jku: 'https://a.example' }, claims, secret);
    for (const door of verifyApis) expect(await door.verify(token, secret)).toEqual(claims);
  });
});

describe('kid reaches a resolver only as a short printable string', () => {
  const hostile: Record<string, unknown> = {
    'an object': { $ne: null },
    'an empty object': {},
    'an array': ['main'],
    'a number': 1,
    zero: 0,
    true: true,
    null: null,
    '257 characters': 'k'.repeat(257),
    '10,000 characters': 'k'.repeat(10_000),
    NUL: 'main\0',
    newline: 'main\nSet-Cookie: a=b',
    'carriage return': 'main\r',
    tab: 'main\t',
    escape: '\u001B[2J',
    DEL: 'main\u007F',
    'a C1 control': 'main\u0085',
    'zero width space': 'ma\u200Bin',
    'a byte order mark': '\uFEFFmain',
    'right-to-left override': '\u202Enaim',
    'line separator': 'a\u2028b',
    'paragraph separator': 'a\u2029b',
    'a lone surrogate': '\uD800',
    'a private use character': '\uE000',
    'a noncharacter': '\uFFFF',
    'soft hyphen': 'ma\u00ADin',
  };

  /** Every way in which a function is asked for a key, with what it was asked. */
  async function asked(token: string): Promise<{ seen: unknown[]; outcomes: string[] }> {
    const seen: unknown[] = [];
    const source = ({ header }: { header: { kid?: string | undefined } }) => {
      seen.push(header.kid);
      return secret;
    };
    const attempts: Array<() => unknown> = [
      () => createVerifier(source)(token),
      () => createVerifier(async (unverified) => source(unverified))(token),
      () => createVerifier(source, { async: true })(token),
      () => verifyAsync(token, source),
      () =>
        new Promise((resolve, reject) => {
          const lookUp = (header: object, answer: (error: null, key: Buffer) => void) =>
            answer(null, source({ header }));
          verify(token, lookUp as never, {}, (error, value) =>
            error ? reject(error) : resolve(value),
          );
        }),
    ];
    const outcomes: string[] = [];
    for (const attempt of attempts) {
      try {
        await attempt();
        outcomes.push('accepted');
      } catch (error) {
        outcomes.push(String((error as { code?: string }).code));
      }
    }
    return { seen, outcomes };
  }

  for (const [name, kid] of Object.entries(hostile)) {
    test(`${name} is rejected before the resolver is called`, async () => {
      const { seen, outcomes } = await asked(forge({ alg: 'HS256', kid }, claims, secret));
      expect(seen).toEqual([]);
      expect(outcomes).toEqual(Array.from({ length: 5 }, () => 'ERR_HEADER_KID'));
    });
  }

  const strange = [
    '../../../../dev/null',
    '/etc/passwd',
    "x' OR 1=1 --",
    '__proto__',
    'constructor',
    'a b',
    'é',
    '鍵',
    '🔑',
    '%00',
    '\\',
    '$\u007Bjndi:ldap://attacker.example}',
    'k'.repeat(256),
    '',
  ];
  const named = strange.map((kid) => [kid.slice(0, 40), kid] as const);
  test.each(named)('%j is printable and arrives unchanged', async (_, kid) => {
    const { seen, outcomes } = await asked(forge({ alg: 'HS256', kid }, claims, secret));
    expect(seen).toEqual([kid, kid, kid, kid, kid]);
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => 'accepted'));
  });

  test('the prototype of the header lends no kid', async () => {
    const { seen } = await asked(
      forge('{"alg":"HS256","__proto__":{"kid":"main"}}', claims, secret),
    );
    expect(seen.every((kid) => kid === undefined)).toBe(true);
  });
});

test('a key of another token is not remembered by its kid', async () => {
  const mine = 'the secret of tenant one, long enough for it';
  const theirs = 'the secret of tenant two, long enough for it';
  const verifier = createVerifier(({ payload }) => (payload.iss === 'one' ? mine : theirs));
  const token = (iss: string, key: string) =>
    forge({ alg: 'HS256', kid: 'same' }, { iss }, Buffer.from(key));
  expect(verifier(token('one', mine))).toEqual({ iss: 'one' });
  expect(() => verifier(token('two', mine))).toThrow('invalid signature');
  expect(verifier(token('two', theirs))).toEqual({ iss: 'two' });
  expect(() => verifier(token('one', theirs))).toThrow('invalid signature');
  const [door] = verifyApis;
  expect(door && (await rejectionBy(door, token('one', mine), theirs)).code).toBe(
    'ERR_SIGNATURE_INVALID',
  );
});
