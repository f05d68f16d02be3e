import { type KeyObject, webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Algorithm,
  createSigner,
  createVerifier,
  decode,
  type KeyInput,
  sign,
  signAsync,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { mlDsa } from '../algorithms/pairs.ts';
import { algorithmKeys, rsaPss } from '../fixtures/keys.ts';
import { claimsSets } from './json.ts';

interface Forms {
  alg: Algorithm;
  signing: KeyInput[];
  verifying: KeyInput[];
}

function secretForms(alg: Algorithm, secret: Buffer): Forms {
  const copy = new Uint8Array(secret);
  const forms: KeyInput[] = [
    secret,
    copy,
    copy.buffer,
    new DataView(copy.buffer),
    { kty: 'oct', k: secret.toString('base64url'), alg },
    { key: { kty: 'oct', k: secret.toString('base64url') }, format: 'jwk' },
  ];
  return { alg, signing: forms, verifying: forms };
}

function textForms(alg: Algorithm): Forms {
  const secret = 'ein Geheimnis, das länger ist als jeder Hashwert: vierundsechzig Bytes';
  const forms = [secret, Buffer.from(secret)];
  return { alg, signing: forms, verifying: forms };
}

function asymmetricForms(alg: Algorithm, privateKey: KeyObject, publicKey: KeyObject): Forms {
  const passphrase = 'correct horse';
  const cipher = 'aes-256-cbc';
  const exported = (key: KeyObject, options: object) => key.export(options as never) as never;
  const formsOf = (key: KeyObject, types: string[]): KeyInput[] => [
    key,
    { key },
    ...types.flatMap((type): KeyInput[] => [
      exported(key, { type, format: 'pem' }),
      Buffer.from(exported(key, { type, format: 'pem' }) as string),
      (exported(key, { type, format: 'pem' }) as string).replaceAll('\n', '\\n'),
      exported(key, { type, format: 'der' }),
      { key: exported(key, { type, format: 'der' }), format: 'der', type: type as 'pkcs8' },
    ]),
    // A JWK has no RSA-PSS parameters, and Node.js does not export one.
    ...(key.asymmetricKeyType === 'rsa-pss'
      ? []
      : [exported(key, { format: 'jwk' }), { key: exported(key, { format: 'jwk' }) }]),
  ];
  const old = { rsa: ['pkcs1'], ec: ['sec1'] }[String(privateKey.asymmetricKeyType)] ?? [];
  const signing: KeyInput[] = [
    ...formsOf(privateKey, ['pkcs8', ...old]),
    { key: exported(privateKey, { type: 'pkcs8', format: 'pem', cipher, passphrase }), passphrase },
    { key: exported(privateKey, { type: 'pkcs8', format: 'der', cipher, passphrase }), passphrase },
  ];
  const oldPublic = publicKey.asymmetricKeyType === 'rsa' ? ['pkcs1'] : [];
  return { alg, signing, verifying: [...formsOf(publicKey, ['spki', ...oldPublic]), ...signing] };
}

const everyForm: Forms[] = [
  ...algorithmKeys.map(({ alg, signing, verifying }) => {
    const [key, publicKey] = [signing(), verifying()];
    return Buffer.isBuffer(key) || Buffer.isBuffer(publicKey)
      ? secretForms(alg, key as Buffer)
      : asymmetricForms(alg, key, publicKey);
  }),
  ...(['HS256', 'HS384', 'HS512'] as const).map(textForms),
  ...([256, 384, 512] as const).map((bits) => {
    const { privateKey, publicKey } = rsaPss(bits);
    return asymmetricForms(`PS${bits}`, privateKey, publicKey);
  }),
  ...mlDsa.map(({ alg, pair }) => asymmetricForms(alg, pair.privateKey, pair.publicKey)),
];

const numRuns = 24;

describe.each(everyForm)('verify returns the claims that sign received for $alg', (forms) => {
  const { alg, signing, verifying } = forms;
  const keys = fc.tuple(fc.constantFrom(...signing), fc.constantFrom(...verifying));
  const options = { algorithm: alg, noTimestamp: true };
  const algorithms = [alg];

  test('in the synchronous APIs', () => {
    fc.assert(
      fc.property(claimsSets, keys, (claims, [mine, yours]) => {
        const token = sign(claims, mine, options);
        expect(verify(token, yours, { algorithms })).toEqual(claims);
        expect(verify(token, yours)).toEqual(claims);
        expect(decode(token)).toEqual(claims);
        const prepared = createSigner(mine, options)(claims);
        expect(createVerifier(yours, { algorithms })(prepared)).toEqual(claims);
        expect(createVerifier(() => yours, { algorithms })(prepared)).toEqual(claims);
      }),
      { numRuns },
    );
  });

  test('in the asynchronous APIs', async () => {
    await fc.assert(
      fc.asyncProperty(claimsSets, keys, async (claims, [mine, yours]) => {
        const token = await signAsync(claims, mine, options);
        expect(await verifyAsync(token, yours, { algorithms })).toEqual(claims);
        expect(await verifyAsync(token, async () => yours, { algorithms })).toEqual(claims);
        const prepared = await createSigner(mine, { ...options, async: true })(claims);
        const verifier = createVerifier(yours, { algorithms, async: true });
        expect(await verifier(prepared)).toEqual(claims);
      }),
      { numRuns: numRuns / 3 },
    );
  });

  test('with every form of the key at least once', () => {
    const claims = { sub: 'ada' };
    for (const mine of signing) {
      const token = createSigner(mine, options)(claims);
      expect(verify(token, verifying[0] ?? '', { algorithms })).toEqual(claims);
    }
    const token = sign(claims, signing[0] ?? '', options);
    for (const yours of verifying) {
      expect(createVerifier(yours, { algorithms })(token)).toEqual(claims);
    }
  });
});

test('verify returns the string that sign received, unless it is a JSON object or array', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((candidate) => {
    try {
      return typeof JSON.parse(candidate) !== 'object';
    } catch {
      return true;
    }
  });
  fc.assert(
    fc.property(text, (payload) => {
      expect(verify(sign(payload, 'a secret'), 'a secret')).toBe(payload);
    }),
  );
});

test('an own "__proto__" of the claims is returned, not enumerable', () => {
  const claims = JSON.parse('{"sub":"ada","__proto__":{"admin":true}}');
  const key = Buffer.alloc(32, 1);
  for (const result of [
    verify(sign(claims, key, { noTimestamp: true }), key),
    createVerifier(key)(createSigner(key, { noTimestamp: true })(claims)),
  ]) {
    expect(Object.getOwnPropertyDescriptor(result, '__proto__')).toMatchObject({
      value: { admin: true },
      enumerable: false,
    });
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.entries(result)).toEqual([['sub', 'ada']]);
  }
});

test('a CryptoKey signs and verifies', async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const pair: webcrypto.CryptoKeyPair = (await webcrypto.subtle.generateKey(algorithm, false, [
    'sign',
    'verify',
  ])) as never;
  const signer = createSigner(pair.privateKey, { noTimestamp: true });
  const verifier = createVerifier(pair.publicKey);
  fc.assert(
    fc.property(claimsSets, (claims) => {
      expect(verifier(signer(claims))).toEqual(claims);
    }),
    { numRuns },
  );
});
