/** What the playground adds to the engine: pasted keys, the form, and stubs for modules of Node.js. */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { algorithmsFor, explainPasted } from '../../docs/playground/explain-pasted.ts';
import { type OptionName, optionNames, readOptions } from '../../docs/playground/form-options.ts';
import { PastedKeyError, readPastedKey } from '../../docs/playground/pasted-key.ts';
import { isUtf8, Buffer as PageBuffer } from '../../docs/playground/stubs/buffer.ts';
import { channel } from '../../docs/playground/stubs/diagnostics-channel.ts';
import { types } from '../../docs/playground/stubs/util.ts';
import { allNames, isOnlyInNode } from '../../docs/playground/web-algorithms.ts';
import { allAlgorithms } from '../../src/core/keys/algorithms.ts';
import type { VerifierOptions } from '../../src/core/verify/verifier-options.ts';
import { explain } from '../../src/explain/index.ts';
import { createSigner } from '../../src/index.ts';
import { createLocalJwks, exportJwk, exportPem } from '../../src/jwk/index.ts';
import { ec, ed448, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { certificates } from '../keys/certificates.ts';

const json = JSON.stringify;
const pem = exportPem(ec().publicKey);
const jwk = exportJwk(ec().publicKey);
const privateJwk = ec().privateKey.export({ format: 'jwk' });
const ofRsa = certificates[0]?.certificate ?? '';

async function problemOf(text: string, encoding: 'text' | 'base64url' = 'text') {
  const error: unknown = await readPastedKey(text, encoding).catch((error) => error);
  if (!(error instanceof PastedKeyError)) throw error;
  return error;
}

describe('a pasted key', () => {
  it.each([
    ['a secret', 'text', 'Secret of 64 bits'],
    ['c2VjcmV0\n', 'base64url', 'Secret of 48 bits'],
    ['c2VjcmV+', 'base64url', 'Secret of 48 bits'],
    [json({ kty: 'oct', k: 'c2VjcmV0' }), 'text', 'Secret of 48 bits in a JWK'],
    [pem, 'text', 'EC public key on P-256 in PEM'],
    [pem.replaceAll('\n', '\\n'), 'text', 'EC public key on P-256 in PEM'],
    [pem + exportPem(ed25519().publicKey), 'text', '2 public keys in PEM'],
    [exportPem(rsa().publicKey), 'text', 'RSA public key of 2048 bits in PEM'],
    [ofRsa, 'text', 'RSA public key of 2048 bits of a certificate'],
    [json(exportJwk(ed25519().publicKey)), 'text', 'Ed25519 public key in a JWK'],
    [json({ ...jwk, alg: null, use: null }), 'text', 'EC public key on P-256 in a JWK'],
    [json({ keys: [jwk, jwk] }), 'text', 'JWK Set, 2 public keys'],
    [json({ keys: [jwk, {}] }), 'text', 'JWK Set, 1 public key, 1 skipped'],
  ] as const)('is recognized and described: %#', async (text, encoding, description) => {
    expect(await readPastedKey(text, encoding)).toMatchObject({ description });
  });

  it('is absent if the field is empty', async () => {
    expect(await readPastedKey(' \n', 'text')).toBeUndefined();
  });

  it.each([
    ec().privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ec().privateKey.export({ type: 'sec1', format: 'pem' }) as string,
    `${pem}-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----`,
    json(privateJwk),
    json({ keys: [jwk, privateJwk] }),
    json([privateJwk]),
    `${json(privateJwk)},`,
    json(json(privateJwk)),
    '-----BEGIN PRIVATE KEY-----\nMC4CAQ',
    ...(['pkcs8', 'sec1'] as const).map((type) => {
      return ec().privateKey.export({ type, format: 'der' }).toString('base64');
    }),
    rsa().privateKey.export({ type: 'pkcs1', format: 'der' }).toString('base64'),
  ])('is rejected and marked if it is private: %#', async (text) => {
    expect(await problemOf(text)).toMatchObject({ isPrivate: true });
  });

  it.each([
    [rsa().publicKey.export({ type: 'pkcs1', format: 'pem' }) as string, 'PKCS#1'],
    [exportPem(ed448().publicKey), 'Ed448'],
    [json(exportJwk(ec('secp256k1').publicKey)), 'secp256k1'],
    ['-----BEGIN PUBLIC KEY-----\nMFkw', 'first or last line'],
    [pem.replaceAll('PUBLIC KEY', 'CERTIFICATE REQUEST'), 'label'],
    [pem.replace(/MFkw/, ''), 'damaged'],
    [pem.replaceAll('PUBLIC KEY', 'CERTIFICATE'), 'damaged'],
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA', 'ssh-keygen'],
    ['https://id.example/jwks', 'URL'],
    ['./key.pem', 'path'],
    [json([jwk]), 'form'],
    [json(json(jwk)), 'form'],
    [pem.split('\n').slice(1, -2).join('\n'), 'first or last line'],
    ['{', 'JSON'],
    ['{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}', 'members'],
    [json({ ...jwk, use: 'enc' }), '"use"'],
    [json({ ...jwk, key_ops: ['sign'] }), '"key_ops"'],
    ['{"kty":"oct","k":"a="}', '"k"'],
    ['{"keys":[]}', 'without a key'],
    ['{}', 'browsers'],
  ])('says what is wrong with it: %#', async (text, reason) => {
    const error = await problemOf(text);
    expect(error.message).toContain(reason);
    expect(error.isPrivate).toBe(false);
  });

  it('is not decoded from base64 if it has other characters', async () => {
    expect((await problemOf('se cret!', 'base64url')).message).toContain('base64');
  });
});

describe('the algorithms of the playground', () => {
  it('are those of jotkit, in the same order', () => {
    expect(allNames).toEqual(allAlgorithms.filter((name) => name !== 'none'));
    expect(allNames.filter(isOnlyInNode)).toEqual([
      'ES256K',
      'Ed448',
      'ML-DSA-44',
      'ML-DSA-65',
      'ML-DSA-87',
    ]);
  });

  it.each([
    ['HS256', secret.toString('base64')],
    ['RS256', exportPem(rsa().publicKey)],
    ['ES256', pem],
    ['ES512', exportPem(ec('P-521').publicKey)],
    ['PS384', json({ ...exportJwk(rsa().publicKey), alg: 'PS384' })],
    ['EdDSA', exportPem(ed25519().publicKey)],
  ] as const)('default to those of createVerifier: %s', async (alg, text) => {
    const pasted = await readPastedKey(text, 'base64url');
    const key = text.startsWith('{') ? JSON.parse(text) : text;
    const token = createSigner(secret)({});
    const { checks } = await explain(token, key, { allowInsecureKeySizes: true });
    const allowed = algorithmsFor(pasted, {});
    expect(allowed[0]).toBe(alg);
    expect(checks.find(({ check }) => check === 'alg')?.expected).toEqual(allowed);
  });

  it('are named by the rejection of an algorithm that fits the key', async () => {
    const text = exportPem(rsa().publicKey);
    const token = createSigner(rsa().privateKey, { algorithm: 'PS384' })({});
    for (const options of [{}, { algorithms: ['RS512'] }] satisfies VerifierOptions[]) {
      const { message, outcome } = await explain(token, text, options);
      const pasted = await readPastedKey(text, 'text');
      expect(await explainPasted(token, pasted, options)).toMatchObject({ outcome, message });
    }
  });

  it('are those of a verifier with a set: all, and of each key its default', async () => {
    const set = {
      keys: [
        { ...jwk, kid: 'ec' },
        { ...exportJwk(rsa().publicKey), kid: 'rsa' },
      ],
    };
    const pasted = await readPastedKey(json(set), 'text');
    for (const [algorithm, keyid] of [
      ['RS256', 'rsa'],
      ['PS256', 'rsa'],
      ['RS256', 'ec'],
      ['RS256', 'none'],
      ['ES384', 'ec'],
    ] as const) {
      const { privateKey } = algorithm === 'ES384' ? ec('P-384') : rsa();
      const token = createSigner(privateKey, { algorithm, keyid })({});
      const expected = await explain(token, createLocalJwks(set));
      const { code, message, checks } = await explainPasted(token, pasted, {});
      expect([code, message, checks]).toEqual([expected.code, expected.message, expected.checks]);
    }
  });

  it('must fit the key', async () => {
    const pasted = await readPastedKey(pem, 'text');
    const explained = explainPasted('a.b.c', pasted, { algorithms: ['ES256', 'RS256'] });
    await expect(explained).rejects.toThrow('does not fit RS256: EC public key on P-256 in PEM.');
    const other = await readPastedKey(json({ ...jwk, alg: 'ECDH-ES' }), 'text');
    await expect(explainPasted('a.b.c', other, {})).rejects.toThrow('fits no algorithm');
  });
});

describe('the hints of the playground', () => {
  const text = secret.toString('base64');
  const hintsFor = async (token: string, pasted: string, encoding: 'text' | 'base64url') => {
    const key = await readPastedKey(pasted, encoding);
    return (await explainPasted(token, key, {})).hints.map(({ hint }) => hint);
  };

  it.each([
    [secret, text, 'text', 'secret-base64'],
    [secret, secret.toString('hex'), 'text', 'secret-hex'],
    [text, `${text}\n`, 'text', 'secret-line-end'],
    [`${text}\n`, text, 'text', 'secret-line-end'],
    [text, text, 'base64url', 'secret-text'],
  ] as const)(
    'name the reading of a secret that is right: %#',
    async (key, pasted, encoding, hint) => {
      expect(await hintsFor(createSigner(key)({}), pasted, encoding)).toEqual([hint]);
    },
  );

  it('are absent if the signature is valid, or of another secret', async () => {
    expect(await hintsFor(createSigner(text)({}), text, 'text')).toEqual([]);
    expect(await hintsFor(createSigner(randomBytes(32))({}), text, 'text')).toEqual([]);
  });

  it('include those about the form of a token', async () => {
    const token = `Bearer ${createSigner(text)({})}`;
    expect(await hintsFor(token, text, 'text')).toEqual(['bearer-prefix']);
  });
});

describe('the form of the playground', () => {
  const read = (fields: Partial<Record<OptionName, string>>, algorithms: string[] = []) => {
    const empty = Object.fromEntries(optionNames.map((name) => [name, '']));
    return readOptions({ ...(empty as Record<OptionName, string>), ...fields }, algorithms);
  };

  it('omits the options of empty fields', () => {
    expect(read({ issuer: ' ', audience: ',' })).toEqual({ options: {}, problems: new Map() });
  });

  it('reads lists, an absent typ, seconds and timespans', () => {
    const expected: VerifierOptions = {
      algorithms: ['RS256'],
      issuer: ['https://id.example'],
      audience: ['api', 'web'],
      subject: 'ada, the first',
      typ: ['at+jwt', null],
      maxAge: 90,
      clockTolerance: '5s',
    };
    const fields = {
      issuer: 'https://id.example',
      audience: 'api, web,',
      subject: 'ada, the first',
      typ: 'at+jwt, null',
      maxAge: '90',
      clockTolerance: '5s',
    };
    expect(read(fields, ['RS256']).options).toEqual(expected);
  });

  it('says what a duration must be, and omits the option', () => {
    const { options, problems } = read({ maxAge: '5 apples', clockTolerance: '-1s' });
    expect(options).toEqual({});
    expect([...problems.keys()]).toEqual(['maxAge', 'clockTolerance']);
    expect(problems.get('maxAge')).toContain('"maxAge" must be a number of seconds');
  });
});

describe('the stubs of the playground', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'AZaz09-_+/=. \n') }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
  );

  it('write UTF-8 as Node.js does, also if it does not fit', () => {
    fc.assert(
      fc.property(texts, fc.nat(20), fc.nat(5), (text, size, offset) => {
        const real = Buffer.alloc(size + offset);
        const stub = PageBuffer.alloc(size + offset);
        expect(stub.write(text, offset)).toBe(real.write(text, offset));
        expect([...stub]).toEqual([...real]);
      }),
    );
  });

  it('decode base64url as Node.js does, or to too few bytes', () => {
    fc.assert(
      fc.property(texts, (text) => {
        // The engine rejects other text and this length before it compares.
        fc.pre(/^[\0-\x7f]*$/.test(text) && text.length % 4 !== 1);
        const whole = Math.floor((text.length * 3) / 4);
        const real = Buffer.alloc(whole + 8);
        const stub = PageBuffer.alloc(whole + 8);
        const written = stub.write(text, 'base64url');
        const isWhole = real.write(text, 'base64url') === whole;
        expect(written === whole).toBe(isWhole);
        if (isWhole) expect([...stub.subarray(0, whole)]).toEqual([...real.subarray(0, whole)]);
      }),
    );
  });

  it('encode and decode bytes as Node.js does', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const real = Buffer.from(bytes);
        const stub = PageBuffer.from(bytes);
        for (const encoding of ['utf8', 'latin1', 'base64', 'base64url', 'hex'] as const) {
          expect(stub.toString(encoding)).toBe(real.toString(encoding));
          const text = real.toString(encoding);
          expect([...PageBuffer.from(text, encoding)]).toEqual([...Buffer.from(text, encoding)]);
        }
        expect([...PageBuffer.concat([stub, stub])]).toEqual([...bytes, ...bytes]);
        expect(isUtf8(bytes)).toBe(Buffer.from(real.toString()).equals(real));
      }),
    );
  });

  it('read numbers, and parts of bytes', () => {
    const bytes = randomBytes(8);
    const stub = PageBuffer.from(bytes);
    expect(stub.readUIntBE(1, 4)).toBe(bytes.readUIntBE(1, 4));
    expect(stub.toString('base64url', 1, 4)).toBe(bytes.toString('base64url', 1, 4));
  });

  it('know a RegExp and a promise, and have no subscribers', () => {
    expect([types.isRegExp(/a/), types.isRegExp('a')]).toEqual([true, false]);
    expect([types.isPromise(Promise.resolve()), types.isPromise({})]).toEqual([true, false]);
    expect(channel('jotkit:rejected').hasSubscribers).toBe(false);
  });
});
