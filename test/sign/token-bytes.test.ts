import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Algorithm, sign, verify } from '../../src/index.ts';
import { algorithmKeys, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { headerOf, partOf } from '../fixtures/tokens.ts';

const headerText = (token: string) => partOf(token, 0);
const payloadText = (token: string) => partOf(token, 1);

describe('the header of sign', () => {
  test('is alg and typ, then kid', () => {
    expect(headerText(sign({}, secret))).toBe('{"alg":"HS256","typ":"JWT"}');
    const named = sign({}, secret, { keyid: 'a', algorithm: 'HS512' });
    expect(headerText(named)).toBe('{"alg":"HS512","typ":"JWT","kid":"a"}');
  });

  test('ends with the members of the option, in their order', () => {
    const token = sign({}, secret, { header: { z: 1, a: 2 }, keyid: 'k' });
    expect(headerText(token)).toBe('{"alg":"HS256","typ":"JWT","kid":"k","z":1,"a":2}');
  });

  test('has the alg, typ and kid of the option in their usual place', () => {
    const header = { z: 1, kid: 'mine', typ: 'at+jwt', alg: 'HS384' };
    const token = sign({}, secret, { header, keyid: 'k', algorithm: 'HS256' });
    expect(headerText(token)).toBe('{"alg":"HS384","typ":"at+jwt","kid":"mine","z":1}');
    expect(verify(token, secret, { algorithms: ['HS384'] })).toBeTypeOf('object');
  });

  test('has no typ if the option sets it to undefined', () => {
    expect(headerText(sign({}, secret, { header: { typ: undefined } }))).toBe('{"alg":"HS256"}');
  });

  test('has no typ for a payload that is not an object', () => {
    expect(headerText(sign('text', secret))).toBe('{"alg":"HS256"}');
    expect(headerText(sign(Buffer.from('text'), secret))).toBe('{"alg":"HS256"}');
  });

  test('is UTF-8', () => {
    const token = sign({}, secret, { keyid: 'Schlüssel 🔑' });
    expect(headerOf(token).kid).toBe('Schlüssel 🔑');
    expect(verify(token, secret, { complete: true }).header.kid).toBe('Schlüssel 🔑');
  });

  test('must not be the only place that names none', () => {
    const error = errorOf(() => sign({}, secret, { header: { alg: 'none' } }));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(
      'an unsigned token needs "algorithm": "none", not only "header.alg"',
    );
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });
});

describe('the payload of sign', () => {
  test('has its own members in their order, then nbf, exp, aud, iss, sub and jti', () => {
    const token = sign({ z: 1, iat: 100, a: 2 }, secret, {
      jwtid: 'j',
      subject: 's',
      issuer: 'i',
      audience: ['x', 'y'],
      expiresIn: 20,
      notBefore: 10,
    });
    expect(payloadText(token)).toBe(
      '{"z":1,"iat":100,"a":2,"nbf":110,"exp":120,"aud":["x","y"],"iss":"i","sub":"s","jti":"j"}',
    );
  });

  test('ends with iat if it had none', () => {
    expect(payloadText(sign({ z: 1 }, secret))).toMatch(/^\{"z":1,"iat":\d{10}\}$/);
  });

  test('is JSON: toJSON is called, undefined is omitted', () => {
    const token = sign({ iat: 1, at: new Date(0), gone: undefined }, secret);
    expect(payloadText(token)).toBe('{"iat":1,"at":"1970-01-01T00:00:00.000Z"}');
  });

  test('must not be circular, and must not have a bigint', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    for (const payload of [circular, { n: 1n }]) {
      expect(() => sign(payload, secret)).toThrow(TypeError);
    }
  });

  test('has the encoding of the option, by default UTF-8', () => {
    expect(payloadText(sign('é', secret))).toBe('é');
    expect(payloadText(sign('é', secret, { encoding: '' }))).toBe('é');
    expect(sign('é', secret, { encoding: 'latin1' }).split('.')[1]).toBe('6Q');
  });

  test('must not have an unknown encoding', () => {
    const error = errorOf(() => sign('a', secret, { encoding: 'foo' }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('Unknown encoding: foo');
  });
});

describe('the signature of sign', () => {
  test('is HMAC-SHA-256 of the first two parts for HS256', () => {
    const token = sign({}, 'a secret');
    const [header, payload, signature] = token.split('.');
    const mac = createHmac('sha256', 'a secret').update(`${header}.${payload}`);
    expect(signature).toBe(mac.digest('base64url'));
  });

  const bytes: Partial<Record<Algorithm, number>> = {
    HS256: 32,
    HS384: 48,
    HS512: 64,
    RS256: 256,
    PS512: 256,
    ES256: 64,
    ES384: 96,
    ES512: 132,
    ES256K: 64,
    Ed25519: 64,
    Ed448: 114,
  };
  for (const { alg, signing, verifying } of algorithmKeys.filter(({ alg }) => bytes[alg])) {
    test(`has ${bytes[alg]} bytes for ${alg}`, () => {
      const token = sign({ sub: 'ada' }, signing(), { algorithm: alg });
      expect(Buffer.from(token.split('.')[2] ?? '', 'base64url')).toHaveLength(bytes[alg] ?? 0);
      expect(verify(token, verifying(), { algorithms: [alg] })).toMatchObject({ sub: 'ada' });
    });
  }

  test('is empty for none', () => {
    expect(sign({}, undefined, { algorithm: 'none' })).toMatch(/^[\w-]+\.[\w-]+\.$/);
  });
});
