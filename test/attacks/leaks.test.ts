/** K12, C7: nothing that is thrown, shown or logged holds a token, a secret or a key; the signature comes first. */

import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import {
  createSigner,
  createVerifier,
  decode,
  type KeySource,
  sign,
  signAsync,
  type UnverifiedToken,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { ec, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { base64url, forge, segment, withSignature } from '../fixtures/tokens.ts';
import { rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';
import { leaks } from './leaks.ts';
import { certificate, disguises, publicKeys, sshKeys } from './material.ts';

const hidden = { sub: 'subject-that-must-not-show', secretclaim: 'claim-value-that-must-not-show' };
const header = { alg: 'HS256', typ: 'JWT' };
const text = 'correct horse battery staple, and more of it';
const pem = rsa().publicKey.export({ format: 'pem', type: 'spki' }) as string;
const privatePem = rsa().privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const sealed = rsa().privateKey.export({
  format: 'pem',
  type: 'pkcs8',
  cipher: 'aes-256-cbc',
  passphrase: 'passphrase-that-must-not-show',
}) as string;
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const octJwk = { kty: 'oct', k: secret.toString('base64url') };
const now = Math.floor(Date.now() / 1000);

test('the helper sees what leaks', () => {
  const token = forge(header, hidden, secret);
  expect(leaks(new Error(`bad token ${token}`), token)).not.toEqual([]);
  expect(
    leaks(new Error('x', { cause: { deep: { deeper: { deepest: { again: [text] } } } } }), text),
  ).not.toEqual([]);
  expect(
    leaks(Object.defineProperty(new Error('x'), 'hidden', { value: secret }), secret),
  ).not.toEqual([]);
  expect(leaks(new Error(`got ${token.slice(0, 40)}`), token)).not.toEqual([]);
  expect(leaks(new Error(`key ${pem.slice(0, 80)}`), pem)).not.toEqual([]);
  expect(leaks(new Error('jwt malformed'), token, text, secret, pem)).toEqual([]);
});

/** Tokens that are refused, with the key and the options under which they are. */
const refusedTokens: Array<
  [name: string, token: string, key: unknown, options?: Record<string, unknown>]
> = [
  ['a wrong signature', forge(header, hidden, Buffer.from('another')), secret],
  [
    'a wrong signature, expired',
    forge(header, { ...hidden, exp: 1 }, Buffer.from('another')),
    text,
  ],
  ['an expired token', forge(header, { ...hidden, exp: 1 }, secret), secret],
  ['a token of the future', forge(header, { ...hidden, nbf: now + 9999 }, secret), secret],
  ['an old token', forge(header, { ...hidden, iat: 1 }, secret), secret, { maxAge: 1 }],
  ['no iat', forge(header, hidden, secret), secret, { maxAge: 1 }],
  [
    'a date that is none',
    forge(header, { ...hidden, exp: 'claim-value-that-must-not-show' }, secret),
    secret,
  ],
  [
    'a wrong audience',
    forge(header, { ...hidden, aud: 'claim-value-that-must-not-show' }, secret),
    secret,
    { audience: 'api' },
  ],
  [
    'a wrong issuer',
    forge(header, { ...hidden, iss: 'claim-value-that-must-not-show' }, secret),
    secret,
    { issuer: 'x' },
  ],
  ['a wrong subject', forge(header, hidden, secret), secret, { subject: 'x' }],
  [
    'a wrong id',
    forge(header, { ...hidden, jti: 'claim-value-that-must-not-show' }, secret),
    secret,
    { jwtid: 'x' },
  ],
  [
    'a wrong nonce',
    forge(header, { ...hidden, nonce: 'claim-value-that-must-not-show' }, secret),
    secret,
    { nonce: 'x' },
  ],
  ['a missing claim', forge(header, hidden, secret), secret, { requiredClaims: ['x'] }],
  [
    'a wrong typ',
    forge({ alg: 'HS256', typ: 'claim-value-that-must-not-show' }, hidden, secret),
    secret,
    { typ: 'JWT' },
  ],
  ['an unknown alg', forge({ alg: 'claim-value-that-must-not-show' }, hidden, secret), secret],
  ['an alg not listed', forge(header, hidden, secret), secret, { algorithms: ['HS512'] }],
  [
    'a crit',
    forge({ ...header, crit: ['claim-value-that-must-not-show'] }, hidden, secret),
    secret,
  ],
  ['no signature', `${segment(header)}.${segment(hidden)}.`, secret],
  ['alg none', `${segment({ alg: 'none' })}.${segment(hidden)}.`, secret],
  ['two parts', `${segment(header)}.${segment(hidden)}`, secret],
  ['five parts', `${forge(header, hidden, secret)}.AAAA.AAAA`, secret],
  ['a space', `${forge(header, hidden, secret)} `, secret],
  ['a padding', `${forge(header, hidden, secret)}=`, secret],
  [
    'a header that is no JSON',
    forge('{"alg":"HS256" claim-value-that-must-not-show}', hidden, secret),
    secret,
  ],
  [
    'a payload that is no JSON',
    forge(header, '{"claim-value-that-must-not-show" oops', secret),
    secret,
  ],
  [
    'a payload with duplicates',
    forge(header, '{"a":"claim-value-that-must-not-show","a":1}', secret),
    secret,
  ],
  [
    'a payload that is no UTF-8',
    forge(header, Buffer.from('{"a":"claim-value-that-must-not-show\xff"}', 'latin1'), secret),
    secret,
  ],
  ['a token that is too long', forge(header, hidden, secret), secret, { maxTokenLength: 20 }],
  [
    'a public key for HMAC',
    forge(header, hidden, Buffer.from(pem)),
    pem,
    { algorithms: ['HS256'] },
  ],
  [
    'a secret for RSA',
    withSignature({ alg: 'RS256' }, hidden, Buffer.alloc(256, 7)),
    text,
    { algorithms: ['RS256'] },
  ],
  [
    'an EC key for RSA',
    withSignature({ alg: 'RS256' }, hidden, Buffer.alloc(256, 7)),
    ec().publicKey,
    { algorithms: ['RS256'] },
  ],
  ['a wrong RSA signature', withSignature({ alg: 'RS256' }, hidden, Buffer.alloc(256, 7)), pem],
  [
    'a wrong EC signature',
    withSignature({ alg: 'ES256' }, hidden, Buffer.alloc(64, 7)),
    ec().publicKey,
  ],
  [
    'a short EC signature',
    withSignature({ alg: 'ES256' }, hidden, Buffer.alloc(61, 7)),
    ec().publicKey,
  ],
  [
    'a wrong EdDSA signature',
    withSignature({ alg: 'EdDSA' }, hidden, Buffer.alloc(64, 7)),
    ed25519().publicKey,
  ],
  ['a weak RSA key', withSignature({ alg: 'RS256' }, hidden, Buffer.alloc(128, 7)), weak.publicKey],
  [
    'a key of PSS for another hash',
    withSignature({ alg: 'PS512' }, hidden, Buffer.alloc(256, 7)),
    rsaPss(256).publicKey,
  ],
  ['a JWK for another alg', forge(header, hidden, secret), { ...octJwk, alg: 'HS512' }],
  ['a JWK for another use', forge(header, hidden, secret), { ...octJwk, use: 'enc' }],
  ['a JWK for another operation', forge(header, hidden, secret), { ...octJwk, key_ops: ['sign'] }],
  [
    'a JWK that is broken',
    forge(header, hidden, secret),
    { ...rsa().publicKey.export({ format: 'jwk' }), e: '' },
  ],
  [
    'a private JWK that is broken',
    forge(header, hidden, secret),
    { ...rsa().privateKey.export({ format: 'jwk' }), n: '!' },
  ],
  ['a JWKS', forge(header, hidden, secret), { keys: [octJwk] }],
  [
    'a JWK as text',
    forge(header, hidden, secret),
    JSON.stringify(rsa().privateKey.export({ format: 'jwk' })),
  ],
  ['a sealed PEM', withSignature({ alg: 'RS256' }, hidden, Buffer.alloc(256, 7)), sealed],
  [
    'a sealed PEM with a wrong passphrase',
    withSignature({ alg: 'RS256' }, hidden, Buffer.alloc(256, 7)),
    { key: sealed, passphrase: 'passphrase-that-is-wrong' },
  ],
  ['an array as key', forge(header, hidden, secret), [[text]]],
  ['an object as key', forge(header, hidden, secret), { secret: text }],
  ['an empty key', forge(header, hidden, secret), ''],
  [
    'a wrong option with the secret',
    forge(header, hidden, secret),
    secret,
    { clockTolerance: text },
  ],
  [
    'a wrong algorithm list with the secret',
    forge(header, hidden, secret),
    secret,
    { algorithms: { a: text } },
  ],
  [
    'a wrong algorithm with the secret',
    forge(header, hidden, secret),
    secret,
    { algorithms: [text] },
  ],
  ['a wrong nonce option', forge(header, hidden, secret), secret, { nonce: { text } }],
  ['a wrong issuer option', forge(header, hidden, secret), secret, { issuer: { text } }],
  ['a wrong schema option', forge(header, hidden, secret), secret, { schema: { text } }],
];

describe('a refusal by a door shows neither token, nor claims, nor key', () => {
  test.each(refusedTokens)('%s', async (_, token, key, options) => {
    for (const door of verifyApis) {
      const { error } = await rejectionBy(door, token, key, options);
      expect(
        leaks(
          error,
          token,
          key,
          hidden,
          text,
          secret,
          'claim-value-that-must-not-show',
          'passphrase-that-must-not-show',
          'passphrase-that-is-wrong',
        ),
      ).toEqual([]);
    }
  });
});

/** One door of each kind: a key is read in one place. */
const kinds = verifyApis.filter(({ name }) =>
  ['verify', 'createVerifier', 'createVerifier with a key source'].includes(name),
);

describe('key text in every disguise stays out of the error', () => {
  test.each(Object.entries(disguises))('PEM %s', async (_, disguise) => {
    for (const armoured of [privatePem, pem, certificate]) {
      const key = disguise(armoured);
      const token = forge(header, hidden, secret);
      for (const door of kinds) {
        const { error } = await rejectionBy(door, token, key);
        expect(leaks(error, token, key, armoured)).toEqual([]);
      }
      for (const attempt of [
        () => sign(hidden, key),
        () => sign(hidden, key, { algorithm: 'ES256' }),
        () => sign(hidden, { key, passphrase: 'passphrase-that-is-wrong' }, { algorithm: 'ES256' }),
        () => createSigner(key, { algorithm: 'HS256' }),
      ]) {
        expect(leaks(failure(attempt), key, armoured, hidden, 'passphrase-that-is-wrong')).toEqual(
          [],
        );
      }
    }
  });

  test('SSH, DER and JWK', async () => {
    const keys = [
      ...Object.values(sshKeys()),
      ...publicKeys().flatMap(({ ders, jwk }) => [
        ...Object.values(ders),
        JSON.stringify(jwk),
        { ...jwk, kty: 'XYZ' },
        { ...jwk, crv: 'none' },
      ]),
    ];
    for (const key of keys) {
      const token = forge(header, hidden, secret);
      for (const door of verifyApis) {
        const { error } = await rejectionBy(door, token, key, { algorithms: ['HS256'] });
        expect(leaks(error, token, key)).toEqual([]);
      }
    }
  });
});

function failure(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a refusal to sign shows neither claims nor key', () => {
  const attempts: Record<string, () => unknown> = {
    'no key': () => sign(hidden, '' as never),
    'a public key': () => sign(hidden, pem, { algorithm: 'RS256' }),
    'a secret for RSA': () => sign(hidden, text, { algorithm: 'RS256' }),
    'a private key for HMAC': () => sign(hidden, privatePem),
    'an EC key for RSA': () => sign(hidden, ec().privateKey, { algorithm: 'RS256' }),
    'another curve': () => sign(hidden, ec('P-384').privateKey, { algorithm: 'ES256' }),
    'a weak key': () => sign(hidden, weak.privateKey, { algorithm: 'RS256' }),
    'a sealed key': () => sign(hidden, sealed, { algorithm: 'RS256' }),
    'a wrong passphrase': () =>
      sign(hidden, { key: sealed, passphrase: 'passphrase-that-is-wrong' }, { algorithm: 'RS256' }),
    'an unknown option': () => sign(hidden, text, { secret: text } as never),
    'a key in an option': () => sign(hidden, text, { expiresIn: privatePem as never }),
    'a key as algorithm': () => sign(hidden, text, { algorithm: text as never }),
    'a key as options': () => sign(hidden, text, privatePem as never),
    'a bad date': () => sign({ ...hidden, exp: text }, text),
    'a duplicate claim': () => sign({ ...hidden, iss: text }, text, { issuer: text }),
    'an array': () => sign([hidden], text),
    'a circle': () => {
      const circle: Record<string, unknown> = { ...hidden };
      circle['self'] = circle;
      return sign(circle, text);
    },
    'a bigint': () => sign({ ...hidden, big: 1n }, text),
    'an unknown encoding': () => sign(hidden, text, { encoding: 'utf-99' }),
    'prepared: no key': () => createSigner(null as never),
    'prepared: a public key': () => createSigner(pem),
    'prepared: a short secret': () => createSigner(text.slice(0, 20), { algorithm: 'HS512' }),
    'prepared: a key as options': () => createSigner(text, privatePem as never),
    'prepared: a key in an option': () =>
      createSigner(text, { issuer: Buffer.from(privatePem) as never }),
    'prepared: a bad date': () => createSigner(text)({ ...hidden, exp: text }),
    'prepared: an array': () => createSigner(text)([hidden]),
    'prepared: text': () => createSigner(text)('claim-value-that-must-not-show' as never),
    'prepared: a bad id': () => createSigner(text, { jwtid: () => 5 as never })(hidden),
    'prepared: a duplicate claim': () => createSigner(text, { subject: 'x' })(hidden),
    'verifier: a key as options': () => createVerifier(text, privatePem as never),
    'verifier: a private key in an option': () =>
      createVerifier(text, { audience: { privatePem } as never }),
    'verifier: a secret as a list': () => createVerifier([text] as never),
    'verifier: a promise of a secret': () => createVerifier(Promise.resolve(text) as never),
  };

  test.each(Object.entries(attempts))('%s', (_, attempt) => {
    const error = failure(attempt);
    expect(
      leaks(
        error,
        text,
        secret,
        pem,
        privatePem,
        sealed,
        hidden,
        'claim-value-that-must-not-show',
        'passphrase-that-is-wrong',
      ),
    ).toEqual([]);
  });

  test('the promise says no more', async () => {
    for (const key of [pem, sealed, '', [text], { key: text }]) {
      const error = await signAsync(hidden, key as never, { algorithm: 'RS256' }).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(Error);
      expect(leaks(error, key, hidden)).toEqual([]);
    }
  });
});

describe('key sources', () => {
  test('an answer that is no key does not show in the error', async () => {
    const token = forge(header, hidden, secret);
    for (const answer of [
      pem,
      privatePem,
      { secret: text },
      [text, pem],
      [privatePem],
      createSecretKey(Buffer.alloc(64, 1)),
      '',
      5,
    ]) {
      const source = (() => answer) as KeySource;
      for (const call of [() => createVerifier(source)(token), () => verifyAsync(token, source)]) {
        const error = await (async () => call())().catch((e: unknown) => e);
        expect(error).toBeInstanceOf(Error);
        expect(leaks(error, token, answer === '' ? [] : answer, hidden)).toEqual([]);
      }
    }
  });

  test('what a source is given does not spill the token into a log', () => {
    const token = forge(header, hidden, secret);
    let logged = '';
    const verifier = createVerifier((unverified: UnverifiedToken) => {
      logged = `${inspect(unverified, { depth: 9 })} ${JSON.stringify(unverified)} ${String(unverified)}`;
      return secret;
    });
    verifier(token);
    const [, payload = '', signature = ''] = token.split('.');
    expect(logged).not.toContain(signature);
    expect(logged).not.toContain(payload);
  });
});

describe('prepared functions show nothing of what they were made of', () => {
  test('inspected, as text, and by their own properties', () => {
    for (const made of [
      createSigner(text),
      createVerifier(text),
      createSigner(privatePem),
      createVerifier(pem),
      createVerifier(() => secret),
    ]) {
      expect(leaks(made, text, pem, privatePem, secret)).toEqual([]);
      expect(Reflect.ownKeys(made).filter((name) => typeof name === 'symbol')).toEqual([]);
    }
  });
});

test('nothing is written to the console or as a warning with a secret in it', async () => {
  vi.resetModules();
  const fresh = await import('../../src/index.ts');
  const written: unknown[] = [];
  const spies = [
    vi
      .spyOn(process, 'emitWarning')
      .mockImplementation((...args: unknown[]) => void written.push(...args)),
    ...(['log', 'warn', 'error', 'debug', 'info'] as const).map((name) =>
      vi
        .spyOn(console, name)
        .mockImplementation((...args: unknown[]) => void written.push(...args)),
    ),
  ];
  try {
    const short = 'a-short-secret-of-20';
    const token = fresh.sign(hidden, short, { expiresIn: '60000' as never });
    fresh.verify(token, short);
    fresh.decode(token);
    expect(() => fresh.verify(token, 'another')).toThrow('invalid signature');
    expect(written.length).toBeGreaterThan(0);
    expect(leaks(written, token, short, hidden)).toEqual([]);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});

describe('a wrong signature dominates: its error tells nothing of the claims (CVE-2024-51744)', () => {
  const bad: Record<string, object> = {
    expired: { exp: 1 },
    'not active': { nbf: 99_999_999_999 },
    'of another issuer': { iss: 'evil' },
    'of another audience': { aud: 'evil' },
    'without iat': {},
    'with a broken date': { exp: 'x' },
  };

  for (const [name, claims] of Object.entries(bad)) {
    test(name, async () => {
      const options = { issuer: 'x', audience: 'y', maxAge: 1, requiredClaims: ['z'] };
      const forged: Array<[string, unknown]> = [
        [forge(header, claims, Buffer.from('another')), secret],
        [withSignature({ alg: 'RS256' }, claims, Buffer.alloc(256, 1)), rsa().publicKey],
        [withSignature({ alg: 'ES256' }, claims, Buffer.alloc(64, 1)), ec().publicKey],
        [withSignature({ alg: 'EdDSA' }, claims, Buffer.alloc(64, 1)), ed25519().publicKey],
      ];
      for (const [token, key] of forged) {
        for (const door of verifyApis) {
          const { error, code } = await rejectionBy(door, token, key, options);
          expect(code).toBe('ERR_SIGNATURE_INVALID');
          expect(error.message).toBe('invalid signature');
          expect(error.claim).toBeUndefined();
          const names = Object.keys(error).filter(
            (member) => member !== 'name' && member !== 'message',
          );
          expect(names).toEqual([]);
          expect(error.cause).toBeUndefined();
        }
      }
    });
  }

  test('a payload that is no JSON is not looked at before the signature', async () => {
    for (const payload of ['not JSON', '[', 'null', '{"a":1,"a":2}', '['.repeat(100)]) {
      const token = forge(header, payload, Buffer.from('another'));
      for (const door of verifyApis)
        expect((await rejectionBy(door, token, secret)).code).toBe('ERR_SIGNATURE_INVALID');
    }
  });

  test('a schema, a RegExp or a callback never sees unproved claims', async () => {
    let seen = 0;
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'x',
        validate: (value: unknown) => {
          seen++;
          return { value };
        },
      },
    } as const;
    const token = forge(header, hidden, Buffer.from('another'));
    for (const door of verifyApis) await rejectionBy(door, token, secret, { schema });
    const callback = vi.fn();
    verify(token, secret, callback);
    await new Promise((resolve) => setImmediate(resolve));
    expect(callback.mock.calls).toEqual([
      [expect.objectContaining({ message: 'invalid signature' })],
    ]);
    expect(seen).toBe(0);
  });
});

test('decode tells a caller no more than the token does', () => {
  const token = `${segment(header)}.${segment(hidden)}.${base64url('sig')}`;
  expect(decode(token, { complete: true })).toEqual({
    header,
    payload: hidden,
    signature: base64url('sig'),
  });
});
