/** K12, C7: no error, log or inspection shows a token, a secret or a key; the signature is checked first. */

import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
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
import { errorOf } from '../fixtures/outcome.ts';
import { base64url, forge, segment, withSignature } from '../fixtures/tokens.ts';
import { rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';
import { leaks } from './leaks.ts';
import { certificate, disguises, publicKeys, sshKeys } from './material.ts';

const MARK = 'claim-value-that-must-not-show';
const PASSPHRASE = 'passphrase-that-must-not-show';
const WRONG_PASSPHRASE = 'passphrase-that-is-wrong';
const hidden = { sub: 'subject-that-must-not-show', secretclaim: MARK };
const header = { alg: 'HS256', typ: 'JWT' };
const text = 'correct horse battery staple, and more of it';
const pem = rsa().publicKey.export({ format: 'pem', type: 'spki' }) as string;
const privatePem = rsa().privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const sealed = rsa().privateKey.export({
  format: 'pem',
  type: 'pkcs8',
  cipher: 'aes-256-cbc',
  passphrase: PASSPHRASE,
}) as string;
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const octJwk = { kty: 'oct', k: secret.toString('base64url') };
const now = Math.floor(Date.now() / 1000);
const valid = forge(header, hidden, secret);
const unproved = forge(header, hidden, Buffer.from('another'));
const rsToken = withSignature({ alg: 'RS256' }, hidden, Buffer.alloc(256, 7));

/** Everything that no error, function or log may show. */
const confidential = [
  hidden,
  text,
  secret,
  pem,
  privatePem,
  sealed,
  MARK,
  PASSPHRASE,
  WRONG_PASSPHRASE,
];

it('finds what leaks', () => {
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

/** Rejected tokens, with the key and the options of the verifier. */
const rejectedTokens: Array<
  [name: string, token: string, key: unknown, options?: Record<string, unknown>]
> = [
  ['a wrong signature', unproved, secret],
  [
    'a wrong signature, expired',
    forge(header, { ...hidden, exp: 1 }, Buffer.from('another')),
    text,
  ],
  ['an expired token', forge(header, { ...hidden, exp: 1 }, secret), secret],
  ['a token of the future', forge(header, { ...hidden, nbf: now + 9999 }, secret), secret],
  ['an old token', forge(header, { ...hidden, iat: 1 }, secret), secret, { maxAge: 1 }],
  ['an absent iat', valid, secret, { maxAge: 1 }],
  ['an invalid date', forge(header, { ...hidden, exp: MARK }, secret), secret],
  [
    'a wrong audience',
    forge(header, { ...hidden, aud: MARK }, secret),
    secret,
    { audience: 'api' },
  ],
  ['a wrong issuer', forge(header, { ...hidden, iss: MARK }, secret), secret, { issuer: 'x' }],
  ['a wrong subject', valid, secret, { subject: 'x' }],
  ['a wrong id', forge(header, { ...hidden, jti: MARK }, secret), secret, { jwtid: 'x' }],
  ['a wrong nonce', forge(header, { ...hidden, nonce: MARK }, secret), secret, { nonce: 'x' }],
  ['a missing claim', valid, secret, { requiredClaims: ['x'] }],
  ['a wrong typ', forge({ alg: 'HS256', typ: MARK }, hidden, secret), secret, { typ: 'JWT' }],
  ['an unknown alg', forge({ alg: MARK }, hidden, secret), secret],
  ['an alg not listed', valid, secret, { algorithms: ['HS512'] }],
  ['a crit', forge({ ...header, crit: [MARK] }, hidden, secret), secret],
  ['no signature', `${segment(header)}.${segment(hidden)}.`, secret],
  ['alg none', `${segment({ alg: 'none' })}.${segment(hidden)}.`, secret],
  ['two parts', `${segment(header)}.${segment(hidden)}`, secret],
  ['five parts', `${valid}.AAAA.AAAA`, secret],
  ['a space', `${valid} `, secret],
  ['a padding', `${valid}=`, secret],
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
  ['a token that is too long', valid, secret, { maxTokenLength: 20 }],
  [
    'a public key for HMAC',
    forge(header, hidden, Buffer.from(pem)),
    pem,
    { algorithms: ['HS256'] },
  ],
  ['a secret for RSA', rsToken, text, { algorithms: ['RS256'] }],
  ['an EC key for RSA', rsToken, ec().publicKey, { algorithms: ['RS256'] }],
  ['a wrong RSA signature', rsToken, pem],
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
  ['a JWK for another alg', valid, { ...octJwk, alg: 'HS512' }],
  ['a JWK for another use', valid, { ...octJwk, use: 'enc' }],
  ['a JWK for another operation', valid, { ...octJwk, key_ops: ['sign'] }],
  ['a JWK that is broken', valid, { ...rsa().publicKey.export({ format: 'jwk' }), e: '' }],
  [
    'a private JWK that is broken',
    valid,
    { ...rsa().privateKey.export({ format: 'jwk' }), n: '!' },
  ],
  ['a JWKS', valid, { keys: [octJwk] }],
  ['a JWK as text', valid, JSON.stringify(rsa().privateKey.export({ format: 'jwk' }))],
  ['a sealed PEM', rsToken, sealed],
  ['a sealed PEM with a wrong passphrase', rsToken, { key: sealed, passphrase: WRONG_PASSPHRASE }],
  ['an array as key', valid, [[text]]],
  ['an object as key', valid, { secret: text }],
  ['an empty key', valid, ''],
  ['a wrong option with the secret', valid, secret, { clockTolerance: text }],
  ['a wrong algorithm list with the secret', valid, secret, { algorithms: { a: text } }],
  ['a wrong algorithm with the secret', valid, secret, { algorithms: [text] }],
  ['a wrong nonce option', valid, secret, { nonce: { text } }],
  ['a wrong issuer option', valid, secret, { issuer: { text } }],
  ['a wrong schema option', valid, secret, { schema: { text } }],
];

describe('the error of a verifier shows neither token, nor claims, nor key', () => {
  it.each(rejectedTokens)('for %s', async (_, token, key, options) => {
    for (const api of verifyApis) {
      const { error } = await rejectionBy(api, token, key, options);
      expect(leaks(error, token, key, ...confidential)).toEqual([]);
    }
  });
});

/** One api of each kind: a key is read in one place. */
const kinds = verifyApis.filter(({ name }) =>
  ['verify', 'createVerifier', 'createVerifier with a key source'].includes(name),
);

describe('an error does not show a key', () => {
  it.each(Object.entries(disguises))('that is a PEM, %s', async (_, disguise) => {
    for (const armoured of [privatePem, pem, certificate]) {
      const key = disguise(armoured);
      const token = valid;
      for (const api of kinds) {
        const { error } = await rejectionBy(api, token, key);
        expect(leaks(error, token, key, armoured)).toEqual([]);
      }
      for (const attempt of [
        () => sign(hidden, key),
        () => sign(hidden, key, { algorithm: 'ES256' }),
        () => sign(hidden, { key, passphrase: WRONG_PASSPHRASE }, { algorithm: 'ES256' }),
        () => createSigner(key, { algorithm: 'HS256' }),
      ]) {
        expect(leaks(errorOf(attempt), key, armoured, hidden, WRONG_PASSPHRASE)).toEqual([]);
      }
    }
  });

  it('in SSH, DER or JWK', async () => {
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
      const token = valid;
      for (const api of verifyApis) {
        const { error } = await rejectionBy(api, token, key, { algorithms: ['HS256'] });
        expect(leaks(error, token, key)).toEqual([]);
      }
    }
  });
});

describe('the error of a signer shows neither claims nor key', () => {
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
      sign(hidden, { key: sealed, passphrase: WRONG_PASSPHRASE }, { algorithm: 'RS256' }),
    'an unknown option': () => sign(hidden, text, { secret: text } as never),
    'a key in an option': () => sign(hidden, text, { expiresIn: privatePem as never }),
    'a key as algorithm': () => sign(hidden, text, { algorithm: text as never }),
    'a key as options': () => sign(hidden, text, privatePem as never),
    'an invalid date': () => sign({ ...hidden, exp: text }, text),
    'a duplicate claim': () => sign({ ...hidden, iss: text }, text, { issuer: text }),
    'an array': () => sign([hidden], text),
    'a circle': () => {
      const circle: Record<string, unknown> = { ...hidden };
      circle['self'] = circle;
      return sign(circle, text);
    },
    'a bigint': () => sign({ ...hidden, big: 1n }, text),
    'an unknown encoding': () => sign(hidden, text, { encoding: 'utf-99' }),
    'createSigner: no key': () => createSigner(null as never),
    'createSigner: a public key': () => createSigner(pem),
    'createSigner: a short secret': () => createSigner(text.slice(0, 20), { algorithm: 'HS512' }),
    'createSigner: a key as options': () => createSigner(text, privatePem as never),
    'createSigner: a key in an option': () =>
      createSigner(text, { issuer: Buffer.from(privatePem) as never }),
    'createSigner: an invalid date': () => createSigner(text)({ ...hidden, exp: text as never }),
    'createSigner: an array': () => createSigner(text)([hidden]),
    'createSigner: text': () => createSigner(text)(MARK as never),
    'createSigner: an invalid id': () => createSigner(text, { jwtid: () => 5 as never })(hidden),
    'createSigner: a duplicate claim': () => createSigner(text, { subject: 'x' })(hidden),
    'createVerifier: a key as options': () => createVerifier(text, privatePem as never),
    'createVerifier: a private key in an option': () =>
      createVerifier(text, { audience: { privatePem } as never }),
    'createVerifier: a secret as a list': () => createVerifier([text] as never),
    'createVerifier: a promise of a secret': () => createVerifier(Promise.resolve(text) as never),
  };

  it.each(Object.entries(attempts))('for %s', (_, attempt) => {
    expect(leaks(errorOf(attempt), ...confidential)).toEqual([]);
  });

  it('from a promise', async () => {
    for (const key of [pem, sealed, '', [text], { key: text }]) {
      const error = await signAsync(hidden, key as never, { algorithm: 'RS256' }).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(Error);
      expect(leaks(error, key, hidden)).toEqual([]);
    }
  });
});

describe('a key source', () => {
  it('that returns no key does not show it in the error', async () => {
    const token = valid;
    for (const found of [
      pem,
      privatePem,
      { secret: text },
      [text, pem],
      [privatePem],
      createSecretKey(Buffer.alloc(64, 1)),
      '',
      5,
    ]) {
      const source = (() => found) as KeySource;
      for (const call of [() => createVerifier(source)(token), () => verifyAsync(token, source)]) {
        const error = await (async () => call())().catch((e: unknown) => e);
        expect(error).toBeInstanceOf(Error);
        expect(leaks(error, token, found === '' ? [] : found, hidden)).toEqual([]);
      }
    }
  });

  it('receives nothing that shows the token in a log', () => {
    const token = valid;
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

describe('a signer or verifier', () => {
  it('shows nothing of its key when inspected, as a string, or in its properties', () => {
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

it('writes no secret to the console or into a warning', async () => {
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

describe('an invalid signature hides every other error of the token (CVE-2024-51744)', () => {
  const bad: Record<string, object> = {
    expired: { exp: 1 },
    'not active': { nbf: 99_999_999_999 },
    'of another issuer': { iss: 'evil' },
    'of another audience': { aud: 'evil' },
    'without iat': {},
    'with an invalid date': { exp: 'x' },
  };

  for (const [name, claims] of Object.entries(bad)) {
    it(`if the token is ${name}`, async () => {
      const options = { issuer: 'x', audience: 'y', maxAge: 1, requiredClaims: ['z'] };
      const forged: Array<[string, unknown]> = [
        [forge(header, claims, Buffer.from('another')), secret],
        [withSignature({ alg: 'RS256' }, claims, Buffer.alloc(256, 1)), rsa().publicKey],
        [withSignature({ alg: 'ES256' }, claims, Buffer.alloc(64, 1)), ec().publicKey],
        [withSignature({ alg: 'EdDSA' }, claims, Buffer.alloc(64, 1)), ed25519().publicKey],
      ];
      for (const [token, key] of forged) {
        for (const api of verifyApis) {
          const { error, code } = await rejectionBy(api, token, key, options);
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

  it('before the payload is parsed', async () => {
    for (const payload of ['not JSON', '[', 'null', '{"a":1,"a":2}', '['.repeat(100)]) {
      const token = forge(header, payload, Buffer.from('another'));
      for (const api of verifyApis)
        expect((await rejectionBy(api, token, secret)).code).toBe('ERR_SIGNATURE_INVALID');
    }
  });

  it('before a schema or a callback receives claims', async () => {
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
    const token = unproved;
    for (const api of verifyApis) await rejectionBy(api, token, secret, { schema });
    const callback = vi.fn();
    verify(token, secret, callback);
    await new Promise((resolve) => setImmediate(resolve));
    expect(callback.mock.calls).toEqual([
      [expect.objectContaining({ message: 'invalid signature' })],
    ]);
    expect(seen).toBe(0);
  });
});

it('decodes nothing but what the token contains', () => {
  const token = `${segment(header)}.${segment(hidden)}.${base64url('sig')}`;
  expect(decode(token, { complete: true })).toEqual({
    header,
    payload: hidden,
    signature: base64url('sig'),
  });
});
