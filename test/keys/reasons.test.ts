import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigner, createVerifier, sign, verify } from '../../src/index.ts';
import { importKey } from '../../src/jwk/index.ts';
import { sshKeys } from '../attacks/material.ts';
import { ec, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { certificates } from './certificates.ts';

const cipher = { cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const;
const sealed = rsa().privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }) as string;
const sealedPkcs1 = rsa().privateKey.export({ type: 'pkcs1', format: 'pem', ...cipher }) as string;
const block = (label: string, body = 'AAAA') =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const pem = rsa().privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const publicPem = rsa().publicKey.export({ type: 'spki', format: 'pem' }) as string;
const jwk = rsa().publicKey.export({ format: 'jwk' }) as { kty: string };
const ecJwk = ec().publicKey.export({ format: 'jwk' }) as { kty: string };
const { 'ssh-rsa': ssh = '', 'OPENSSH PEM': openSsh = '' } = sshKeys();
const [{ certificate }] = certificates;

const rows: Array<[name: string, key: unknown, reason: string | RegExp]> = [
  ['an encrypted key without passphrase', sealed, 'it is encrypted: pass { key, passphrase }'],
  ['an empty passphrase', { key: sealed, passphrase: '' }, 'it is encrypted'],
  ['a wrong passphrase', { key: sealed, passphrase: 'no' }, 'the passphrase does not decrypt it'],
  ['an OpenSSH public line', ssh, /SSH key: convert it with "ssh-keygen/],
  ['an OpenSSH private key', openSsh, /private key of OpenSSH: convert it with "ssh-keygen -p/],
  ['a truncated PEM', pem.slice(0, 400), 'its PEM is truncated or damaged'],
  ['a PEM with a lost line', pem.replace(/\n[^-\n]+\n/, '\n'), 'truncated or damaged'],
  [
    'a truncated DER',
    rsa().publicKey.export({ type: 'spki', format: 'der' }).subarray(0, -2),
    'DER',
  ],
  ['a certificate request', block('CERTIFICATE REQUEST'), 'it is a certificate request: pass the'],
  ['curve parameters', block('EC PARAMETERS'), 'its PEM has a label that is of no key'],
  ['an SSH2 label', block('SSH2 PUBLIC KEY'), 'it is an SSH key: convert it with "ssh-keygen -e'],
  ['an OpenSSH label', block('OPENSSH PRIVATE KEY'), 'it is a private key of OpenSSH'],
  ['an OpenSSH key after a comment', block('COMMENT') + block('OPENSSH PRIVATE KEY'), 'of OpenSSH'],
  ['a PEM with other characters', block('PUBLIC KEY', 'AA*A'), 'its PEM is truncated or damaged'],
  ['a PEM with text after padding', block('PUBLIC KEY', 'AA=A'), 'its PEM is truncated or damaged'],
  ['a PEM with long padding', block('PUBLIC KEY', 'A==='), 'its PEM is truncated or damaged'],
  ['an empty PEM', block('PUBLIC KEY', ''), 'its PEM is truncated or damaged'],
  ['another structure in a PEM', block('PUBLIC KEY'), 'it is truncated or damaged'],
  ['an encrypted key of unreadable structure', block('ENCRYPTED PRIVATE KEY'), 'it is encrypted'],
  ['an encrypted PKCS#1 key', sealedPkcs1, 'it is encrypted: pass { key, passphrase }'],
  ['an encrypted PKCS#1 key, passphrase', { key: sealedPkcs1, passphrase: 'no' }, 'not decrypt it'],
  ['PKCS#12', Buffer.from('3005020103' + '3000', 'hex'), 'it is PKCS#12: export its key and cert'],
  ['a JWK Set', { keys: [jwk] }, 'it is a JWK Set: pass createLocalJwks(jwks)'],
  ['the JSON of a JWK Set', JSON.stringify({ keys: [jwk] }), 'createLocalJwks(JSON.parse(text))'],
  ['the JSON of a JWK', JSON.stringify(jwk), 'it is the text of a JWK: pass JSON.parse(text)'],
  ['a list', [publicPem], 'it is an array: pass one key, or a key source'],
  ['a key pair', rsa(), /it is a key pair: pass its (publicKey|privateKey)/],
  ['a private key in a member', { privateKey: pem }, 'it is a key pair'],
  ['a public key in a member', { publicKey: publicPem }, 'it is a key pair'],
  ['a descriptor of a number', { key: 5 }, 'its "key" must be a string, bytes, a KeyObject or'],
  ['a String object', new String(pem), 'it is an object around a string: pass the string'],
  ['an object', { secret: 'x' }, 'it is an object, and no JWK'],
  ['a JWK of a secret without kty', { k: 'AAAA' }, 'it is a JWK without "kty"'],
  ['a JWK of a point without kty', { x: 'AAAA' }, 'it is a JWK without "kty"'],
  ['an unknown kty', { ...jwk, kty: 'RSA-HSM' }, 'its "kty" must be one of AKP, EC, OKP, RSA, oct'],
  ['an unknown crv', { ...ecJwk, crv: 'P-257' }, 'its "crv" must be one of P-256'],
  ['a missing member', { ...ecJwk, y: undefined }, 'its "y" must be a string'],
  [
    'a padded k',
    { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64') },
    '"k" must be base64url',
  ],
  [
    'a padded k beside alg',
    { kty: 'oct', k: 'AA==', alg: 'HS256' },
    'its "k" must be base64url without padding',
  ],
  [
    'a type of bytes that are no key',
    { key: Buffer.alloc(40, 1), format: 'der', type: 'spki' },
    'a secret is passed alone',
  ],
  ['a JWK as JSON', { key: JSON.stringify(jwk), format: 'jwk' }, 'the key must be an object: JSON'],
  [
    'another format',
    { key: publicPem, format: 'raw' },
    'its "format" must be "pem", "der" or "jwk"',
  ],
  ['bytes with an encoding', { key: Buffer.alloc(32, 1), encoding: 'hex' }, 'a secret is passed'],
  ['a secret with a type', { key: '00'.repeat(32), encoding: 'hex', type: 'spki' }, 'is passed'],
  ['half a byte of hex', { key: '0'.repeat(65), encoding: 'hex' }, 'its "key" is not hex'],
  ['hex of other letters', { key: 'xy'.repeat(32), encoding: 'hex' }, 'its "key" is not hex'],
  ['a long key', { key: publicPem + ' '.repeat(65_536) }, 'it is longer than 65,536 characters'],
  ['a JWK without kty', { ...jwk, kty: undefined }, 'it is a JWK without "kty"'],
  ['a number', 5, 'it is a number'],
  ['options', { algorithms: ['HS256'] }, 'it is an object of options'],
  ['a URL object', new URL('https://id.example/jwks'), 'createRemoteJwks(url)'],
  [
    'DER in base64',
    rsa().publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    "pass { key, encoding: 'base64' }",
  ],
];

describe.each(rows)('%s', (_, key, reason) => {
  it('is named by createSigner or createVerifier, and by the cause of sign and verify', () => {
    const calls = [() => createVerifier(key as never), () => createSigner(key as never)];
    const errors = calls.flatMap((call) => {
      try {
        call();
        return [];
      } catch (error) {
        return [error as Error];
      }
    });
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(reason);
    }
    if (errors.length === 1) return;
    for (const call of [() => verify('e30.e30.AAAA', key as never), () => sign({}, key as never)]) {
      const error = errorOf(call);
      expect(error.message).toMatch(/^secretOr(Public|Private)Key is not valid key material$/);
      expect((error.cause as Error).message).toMatch(reason);
      expect(JSON.stringify(error)).not.toContain('cause');
    }
  });
});

it('says that a public key does not sign', () => {
  for (const key of [publicPem, certificate, jwk]) {
    expect(() => createSigner(key)).toThrow('it is a public key, sign with the private key');
    expect(() => createSigner(key, { algorithm: 'RS256' })).toThrow(
      'key must be an asymmetric key when using RS256: it is a public key, sign with the private key',
    );
  }
  expect(() => createSigner((() => secret) as never)).toThrow('it is a function: call it');
});

it('names the half of a key pair that the call needs', () => {
  expect(() => createSigner(rsa() as never)).toThrow('it is a key pair: pass its privateKey');
  expect(() => createVerifier(rsa() as never)).toThrow('it is a key pair: pass its publicKey');
});

it('asks whether the environment variable is set', () => {
  for (const call of [createVerifier as (key: never) => unknown, createSigner]) {
    expect(() => call(undefined as never)).toThrow(
      'key must have a value, got undefined: is the environment variable set?',
    );
    expect(() => call('' as never)).toThrow(
      'got an empty secret: is the environment variable set?',
    );
  }
});

describe('several keys in one PEM', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const two = (other.publicKey.export({ type: 'spki', format: 'pem' }) as string) + publicPem;
  const token = createSigner(rsa().privateKey)({ sub: 'ada' });

  it('are tried in order by every call that verifies', () => {
    const mixed = two + ec().publicKey.export({ type: 'spki', format: 'pem' });
    for (const key of [two, mixed, Buffer.from(two), two.replaceAll('\n', ' ')]) {
      for (const algorithms of [undefined, ['RS256'] as const]) {
        const options = algorithms ? { algorithms } : {};
        expect(createVerifier(key, options)(token).sub).toBe('ada');
        expect(createVerifier(() => key, options)(token).sub).toBe('ada');
        expect(verify(token, key, options as never)).toMatchObject({ sub: 'ada' });
      }
    }
    const es256 = createSigner(ec().privateKey)({ sub: 'ada' });
    expect(createVerifier(mixed)(es256).sub).toBe('ada');
    expect(() => createVerifier(two)(es256)).toThrow('invalid algorithm');
    expect(() => createVerifier(two, { algorithms: ['ES256'] })).toThrow('key type must be one of');
  });

  it('do not sign', () => {
    const keys = pem + other.privateKey.export({ type: 'pkcs8', format: 'pem' });
    expect(() => createSigner(keys)).toThrow('it holds 2 keys: pass the one that signs');
    expect(() => createSigner(two)).toThrow('it holds 2 keys: pass the one that signs');
    expect(() => sign({}, keys, { algorithm: 'RS256' })).toThrow('is not valid key material');
  });

  it('count once if they are the same key', () => {
    const same = publicPem + rsa().publicKey.export({ type: 'pkcs1', format: 'pem' });
    expect(importKey(same).equals(rsa().publicKey)).toBe(true);
    expect(() => importKey(two)).toThrow('it holds 2 keys: pass one of them');
  });

  it('are at most 16', () => {
    expect(createVerifier(publicPem.repeat(16))(token).sub).toBe('ada');
    expect(() => createVerifier(publicPem.repeat(17))).toThrow('it holds more than 16 keys');
    expect(() => createSigner(pem + publicPem.repeat(16))).toThrow('it holds more than 16 keys');
  });

  it('sign if one of them is private', () => {
    const pkcs1 = rsa().privateKey.export({ type: 'pkcs1', format: 'pem' });
    expect(createSigner(publicPem + pkcs1)({})).toMatch(/^eyJ/);
    const token = createSigner(publicPem + pem)({ sub: 'ada' });
    expect(createVerifier(pem + publicPem)(token).sub).toBe('ada');
  });
});

it('reads a structure under the wrong label', () => {
  const relabel = (text: unknown, label: string) =>
    String(text).replaceAll(/(BEGIN|END) [A-Z ]+/g, `$1 ${label}`);
  const token = createSigner(pem)({ sub: 'ada' });
  for (const label of ['RSA PUBLIC KEY', 'CERTIFICATE', 'PRIVATE KEY']) {
    expect(createVerifier(relabel(publicPem, label))(token).sub).toBe('ada');
  }
  const pkcs1 = rsa().privateKey.export({ type: 'pkcs1', format: 'pem' });
  const sec1 = ec().privateKey.export({ type: 'sec1', format: 'pem' });
  for (const label of ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'PUBLIC KEY']) {
    expect(createSigner(relabel(pkcs1, label))({})).toMatch(/^eyJ/);
    expect(createSigner(relabel(sec1, label))({})).toMatch(/^eyJ/);
  }
  for (const row of certificates) {
    const key = relabel(row.certificate, 'PUBLIC KEY');
    expect(createVerifier(key)(row.token)).toMatchObject({ sub: 'ada' });
  }
  const pss = relabel(
    rsaPss().privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'RSA PRIVATE KEY',
  );
  expect(createSigner(pss)({})).toMatch(/^eyJ/);
});

it('decodes the base64 of a PEM, as environment variables hold it', () => {
  const token = createSigner(pem)({ sub: 'ada' });
  const encoded = Buffer.from(publicPem).toString('base64');
  for (const key of [encoded, `" \n${encoded}`, Buffer.from(encoded)]) {
    expect(createVerifier(key)(token).sub).toBe('ada');
  }
});

describe('{ key, encoding }', () => {
  const encodings = ['base64', 'base64url', 'hex'] as const;

  it.each(encodings)('decodes a secret from %s', (encoding) => {
    const key = secret.toString(encoding);
    const token = createSigner(secret)({ sub: 'ada' });
    for (const text of [key, `\t${key}\n`, key.replace(/.{8}/g, '$& \n')]) {
      expect(createVerifier({ key: text, encoding })(token).sub).toBe('ada');
      expect(verify(token, { key: text, encoding })).toMatchObject({ sub: 'ada' });
    }
  });

  it.each(encodings)('decodes a key from %s', (encoding) => {
    const token = createSigner(pem)({ sub: 'ada' });
    const der = rsa().publicKey.export({ type: 'spki', format: 'der' });
    for (const bytes of [Buffer.from(publicPem), der]) {
      const key = { key: bytes.toString(encoding), encoding };
      expect(createVerifier(key)(token).sub).toBe('ada');
    }
    const text = { key: der.toString(encoding), encoding, format: 'der', type: 'spki' } as const;
    expect(createVerifier(text)(token).sub).toBe('ada');
  });

  it('does not decode bytes', () => {
    const token = createSigner(pem)({ sub: 'ada' });
    for (const encoding of ['hex', 'utf-7']) {
      expect(createVerifier({ key: Buffer.from(publicPem), encoding })(token).sub).toBe('ada');
    }
  });

  it('rejects what is not of the encoding, and a secret with a format or passphrase', () => {
    const key = randomBytes(32).toString('hex');
    const reason = 'is not valid key material';
    expect(() => createSigner({ key: `${key}!`, encoding: 'hex' })).toThrow('is not hex');
    expect(() => createSigner({ key: 'a,b', encoding: 'base64' })).toThrow('is not base64');
    expect(() => createSigner({ key, encoding: 'utf-7' })).toThrow('is not an encoding');
    expect(() => createSigner({ key, encoding: 'hex', format: 'der' })).toThrow(reason);
    expect(() => createSigner({ key, encoding: 'hex', passphrase: 'x' })).toThrow(reason);
    expect(() => createSigner({ key: '', encoding: 'hex' })).toThrow('its "key" is empty');
    expect(() => createSigner({ key })).toThrow('a secret is passed alone, or with encoding');
  });
});
