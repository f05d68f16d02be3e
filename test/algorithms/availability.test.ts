import type { KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  createSigner,
  createVerifier,
  decode,
  type Jwk,
  sign,
  signAsync,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { claims, keyApis } from '../fixtures/key-apis.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { encode, mlDsa } from './pairs.ts';

const every = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const;
const present = new Map(mlDsa.map(({ alg, pair }) => [alg, pair]));

/** What Node.js says about itself decides which half of the rule is tested here. */
for (const alg of every) {
  const pair = present.get(alg);
  if (pair) describe(`${alg}, which this runtime has`, () => offers(alg, pair));
  else describe(`${alg}, which this runtime lacks`, () => lacks(alg));
}

function offers(
  alg: (typeof every)[number],
  { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject },
): void {
  const forms = (key: KeyObject, type: 'pkcs8' | 'spki') => [
    key,
    key.export({ type, format: 'pem' } as never),
    key.export({ type, format: 'der' } as never),
    { key: key.export({ type, format: 'der' } as never), format: 'der', type },
    key.export({ format: 'jwk' }),
    { key: key.export({ format: 'jwk' }), format: 'jwk' },
  ];

  test.each(keyApis)('signs and verifies with every form of key at the $name entrance', (door) => {
    for (const key of forms(privateKey, 'pkcs8')) {
      const token = door.sign(key, alg);
      expect(door.verify(token, publicKey, alg)).toMatchObject(claims);
      expect(door.verify(token, key, alg)).toMatchObject(claims);
    }
    const token = door.sign(privateKey, alg);
    for (const key of forms(publicKey, 'spki')) {
      expect(door.verify(token, key, alg)).toMatchObject(claims);
      expect(door.verify(token, key)).toMatchObject(claims);
    }
  });

  test('has a JWK of the type AKP, whose "alg" binds (RFC 9964)', () => {
    const jwk = publicKey.export({ format: 'jwk' }) as Jwk;
    expect(jwk).toMatchObject({ kty: 'AKP', alg });
    const token = createSigner(privateKey.export({ format: 'jwk' }) as Jwk)(claims);
    expect(decode(token, { complete: true })?.header.alg).toBe(alg);
    expect(() => createVerifier({ ...jwk, alg: 'ES256' })).toThrow();
  });

  test('works on the thread pool', async () => {
    const token = await signAsync(claims, privateKey, { algorithm: alg });
    expect(await verifyAsync(token, publicKey)).toMatchObject(claims);
  });

  test('rejects a changed claim', () => {
    const [header, , signature] = sign(claims, privateKey, { algorithm: alg }).split('.');
    const token = `${header}.${encode({ sub: 'eve' })}.${signature}`;
    expect(() => verify(token, publicKey)).toThrow('invalid signature');
  });
}

function lacks(alg: (typeof every)[number]): void {
  const message = `"${alg}" is not supported by this runtime (Node.js ${process.versions.node})`;

  test.each(keyApis)('is a TypeError that says so at the $name entrance', (door) => {
    const token = `${encode({ alg })}.${encode(claims)}.AAAA`;
    for (const key of [secret, rsa().privateKey, 'x', { kty: 'AKP', alg, pub: 'AAAA' }]) {
      for (const call of [() => door.sign(key, alg), () => door.verify(token, key, alg)]) {
        const error = errorOf(call);
        expect(error).toBeInstanceOf(TypeError);
        expect(error).toMatchObject({ message, code: 'ERR_OPTION_INVALID' });
      }
    }
  });

  test('is a TypeError where the key is looked up, before any key is', async () => {
    const source = () => {
      throw new Error('asked for a key');
    };
    expect(() => createVerifier(source, { algorithms: [alg] })).toThrow(message);
    expect(() => createVerifier(secret, { algorithms: ['HS256', alg] })).toThrow(message);
    await expect(signAsync(claims, secret, { algorithm: alg })).rejects.toThrow(message);
  });

  test('in the header of a token is an invalid algorithm unless the caller names it', () => {
    const token = `${encode({ alg })}.${encode(claims)}.AAAA`;
    for (const key of [secret, rsa().publicKey]) {
      expect(() => verify(token, key)).toThrow('invalid algorithm');
      expect(() => createVerifier(key)(token)).toThrow('invalid algorithm');
      expect(() => createVerifier(() => key)(token)).toThrow('invalid algorithm');
    }
  });
}

test('every classic algorithm is there on every runtime', () => {
  expect(() => createVerifier(secret, { algorithms: ['HS256', 'HS384', 'HS512'] })).not.toThrow();
  expect(() =>
    createVerifier(rsa().publicKey, {
      algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    }),
  ).not.toThrow();
});
