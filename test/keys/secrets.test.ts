import { createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { claims, keyApis } from '../fixtures/key-apis.ts';
import { errorOf } from '../fixtures/outcome.ts';

const text = 'a secret of exactly sixty-four bytes, so that every HMAC takes it';
const bytes = Buffer.from(text.slice(0, 64));
const reference = Buffer.from(bytes);

/** The same 64 bytes in memory of its own, at an offset that suits every element size. */
function memory(): { buffer: ArrayBuffer; offset: number } {
  const buffer = new ArrayBuffer(128);
  new Uint8Array(buffer).fill(0xff);
  new Uint8Array(buffer, 32, 64).set(bytes);
  return { buffer, offset: 32 };
}

function exactMemory(): ArrayBuffer {
  const buffer = new ArrayBuffer(64);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

function sharedMemory(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(64);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

const { buffer, offset } = memory();
const jwk = { kty: 'oct', k: bytes.toString('base64url') };

const forms: Record<string, unknown> = {
  string: bytes.toString(),
  Buffer: bytes,
  'Buffer inside a pool': Buffer.from(buffer, offset, 64),
  Uint8Array: new Uint8Array(bytes),
  'Uint8Array with an offset': new Uint8Array(buffer, offset, 64),
  Int8Array: new Int8Array(buffer, offset, 64),
  Uint8ClampedArray: new Uint8ClampedArray(buffer, offset, 64),
  Uint16Array: new Uint16Array(buffer, offset, 32),
  Int16Array: new Int16Array(buffer, offset, 32),
  Uint32Array: new Uint32Array(buffer, offset, 16),
  Int32Array: new Int32Array(buffer, offset, 16),
  Float32Array: new Float32Array(buffer, offset, 16),
  Float64Array: new Float64Array(buffer, offset, 8),
  BigInt64Array: new BigInt64Array(buffer, offset, 8),
  BigUint64Array: new BigUint64Array(buffer, offset, 8),
  DataView: new DataView(buffer, offset, 64),
  ArrayBuffer: exactMemory(),
  SharedArrayBuffer: sharedMemory(),
  'Uint8Array on shared memory': new Uint8Array(sharedMemory()),
  KeyObject: createSecretKey(bytes),
  '{ key: KeyObject }': { key: createSecretKey(bytes) },
  'oct JWK': jwk,
  '{ key: oct JWK }': { key: jwk },
  '{ key: oct JWK, format }': { key: jwk, format: 'jwk' },
};

function hmacOf(token: string, bits: number): string {
  const input = token.slice(0, token.lastIndexOf('.'));
  return createHmac(`sha${bits}`, reference).update(input).digest('base64url');
}

describe.each(keyApis)('a secret at the $name entrance', (door) => {
  test.each(Object.keys(forms))('signs with its own bytes as %s', (name) => {
    for (const bits of [256, 384, 512] as const) {
      const token = door.sign(forms[name], `HS${bits}`);
      expect(token.split('.')[2]).toBe(hmacOf(token, bits));
    }
  });

  test.each(Object.keys(forms))('verifies with its own bytes as %s', (name) => {
    for (const bits of [256, 384, 512] as const) {
      const token = door.sign(reference, `HS${bits}`);
      expect(door.verify(token, forms[name], `HS${bits}`)).toMatchObject(claims);
      if (door.name === 'prepared' && bits !== 256) continue;
      expect(door.verify(token, forms[name])).toMatchObject(claims);
    }
  });

  test('uses HS256 by default', () => {
    const [header = ''] = door.sign(reference).split('.');
    expect(Buffer.from(header, 'base64url').toString()).toBe('{"alg":"HS256","typ":"JWT"}');
  });

  test('is taken as UTF-8 where it is text', () => {
    const password = 'größer als zweiunddreißig Zeichen: 👩‍💻';
    const token = door.sign(password);
    expect(door.verify(token, Buffer.from(password, 'utf8'))).toMatchObject(claims);
    expect(() => door.verify(token, Buffer.from(password, 'latin1'))).toThrow('invalid signature');
  });

  test('keeps its white space and every other byte', () => {
    const padded = ` ${bytes.toString()}\n`;
    expect(() => door.verify(door.sign(padded), bytes)).toThrow('invalid signature');
    const binary = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff));
    expect(door.verify(door.sign(binary), new Uint8Array(binary))).toMatchObject(claims);
  });

  test.each([
    ['a string', ''],
    ['a Buffer', Buffer.alloc(0)],
    ['a view', new Uint8Array(0)],
    ['an ArrayBuffer', new ArrayBuffer(0)],
    ['a KeyObject', createSecretKey(Buffer.alloc(0))],
    ['an oct JWK', { kty: 'oct', k: '' }],
  ])('that is empty is no key: %s', (_, empty) => {
    const signing = errorOf(() => door.sign(empty, 'HS256'));
    expect(signing).toMatchObject({
      message: expect.stringContaining(`${door.signingName} must have a value`),
      code: 'ERR_KEY_MISSING',
    });
    const verifying = errorOf(() => door.verify(door.sign(reference), empty, 'HS256'));
    expect(verifying).toMatchObject({
      message: expect.stringContaining(
        door.name === 'classic' ? 'secret or public key must be provided' : 'key must have a value',
      ),
      code: 'ERR_KEY_MISSING',
    });
  });
});

test('a secret that is overwritten later does not change a prepared signer or verifier', () => {
  const own = Buffer.from(bytes);
  const signer = createSigner(own);
  const verifier = createVerifier(own);
  own.fill(0);
  const token = signer(claims);
  expect(token.split('.')[2]).toBe(hmacOf(token, 256));
  expect(verifier(token)).toMatchObject(claims);
});

test('a secret in { key } needs an encoding', () => {
  for (const door of keyApis) {
    expect(errorOf(() => door.sign({ key: bytes.toString() })).message).toContain(
      `${door.signingName} is not valid key material`,
    );
  }
});
