import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64url } from '../../src/core/encoding/base64url.ts';
import { orThrow } from '../../src/core/token/fault.ts';
import { MAX_TOKEN_LENGTH, parseToken, signingInput } from '../../src/core/token/token.ts';
import { createVerifier, verify } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { claimsSets } from '../properties/json.ts';

const parse = (text: unknown) => orThrow(parseToken(text, MAX_TOKEN_LENGTH));
const header = encodeBase64url('{"alg":"HS256"}');
const payload = encodeBase64url('{"sub":"ada"}');
const token = `${header}.${payload}.AAAA`;

const signature = fc.uint8Array({ maxLength: 80 }).map((bytes) => encodeBase64url(bytes));

describe('parseToken', () => {
  test('returns the parts that signingInput joined', () => {
    fc.assert(
      fc.property(claimsSets, claimsSets, signature, (head, claims, sig) => {
        const input = signingInput(head, JSON.stringify(claims));
        const parsed = parse(`${input}.${sig}`);
        expect(parsed.header).toEqual(head);
        expect(parsed.payload).toEqual(claims);
        expect(parsed.readPayloadText()).toBe(JSON.stringify(claims));
        expect(parsed.signature).toBe(sig);
        expect(parsed.signingInput).toBe(input);
      }),
    );
  });

  test('returns a token that parses its claims once', () => {
    const parsed = parse(token);
    expect(parsed.payload).toBe(parsed.payload);
  });

  test.each([undefined, null, '', 0, false, Number.NaN])('rejects a missing token: %j', (text) => {
    expect(errorOf(() => parse(text))).toMatchObject({
      name: 'JsonWebTokenError',
      message: 'jwt must be provided',
      code: 'ERR_TOKEN_MISSING',
    });
  });

  test.each([
    ['a Buffer', Buffer.from(token)],
    ['a String object', new String(token)],
    ['an array', [token]],
    ['an object with toString', { toString: () => token }],
    ['a number', 1],
    ['true', true],
    ['a symbol', Symbol('token')],
  ])('rejects %s', (_, text) => {
    expect(errorOf(() => parse(text))).toMatchObject({
      message: 'jwt must be a string',
      code: 'ERR_TOKEN_TYPE',
    });
  });

  test('checks the length first', () => {
    const start = `${header}.${payload}.`;
    const long = start + 'A'.repeat(MAX_TOKEN_LENGTH);
    const exact = start.padEnd(MAX_TOKEN_LENGTH - ((MAX_TOKEN_LENGTH - start.length) % 4), 'A');
    expect(MAX_TOKEN_LENGTH).toBe(65_536);
    expect(errorOf(() => parse(long))).toMatchObject({
      message: 'invalid token',
      code: 'ERR_TOKEN_TOO_LONG',
    });
    expect(orThrow(parseToken(token, token.length)).signature).toBe('AAAA');
    expect(() => orThrow(parseToken(token, token.length - 1))).toThrow('invalid token');
    expect(parse(exact).signature).toHaveLength(exact.length - start.length);
  });

  test.each([
    ['no dot', header],
    ['one dot', `${header}.${payload}`],
    ['three dots', `${token}.`],
    ['six parts', `${token}.A.A.A`],
    ['only dots', '...'],
  ])('rejects all but three parts: %s', (_, text) => {
    expect(errorOf(() => parse(text))).toMatchObject({
      message: 'jwt malformed',
      code: 'ERR_TOKEN_MALFORMED',
    });
  });

  test('rejects five parts as an encrypted token (RFC 7516)', () => {
    for (const text of [`${header}....`, `${header}.AAAA.AAAA.AAAA.AAAA`]) {
      expect(errorOf(() => parse(text))).toMatchObject({
        message: 'jwt malformed',
        code: 'ERR_TOKEN_ENCRYPTED',
      });
    }
  });

  test.each([
    ['an empty header', `.${payload}.AAAA`],
    ['an empty payload', `${header}..AAAA`],
    ['nothing but two dots', '..'],
    ['padding', `${header}=.${payload}.AAAA`],
    ['padding behind the signature', `${token}=`],
    ['the alphabet of base64', `${header}.${payload}.AA+/`],
    ['white space before it', ` ${token}`],
    ['white space after it', `${token} `],
    ['a line end after it', `${token}\n`],
    ['a line end inside', `${header}.${payload}.AA\nAA`],
    ['a byte order mark', `\uFEFF${token}`],
    ['NUL', `${token}\0`],
    ['a scheme', `Bearer ${token}`],
    ['quotes', `"${token}"`],
    ['a part of impossible length', `${header}.${payload}.AAAAA`],
    [
      'loose trailing bits in the header',
      `${encodeBase64url('{"alg":"x"}').slice(0, -1)}1.${payload}.AAAA`,
    ],
    ['loose trailing bits in the payload', `${header}.${payload.slice(0, -1)}R.AAAA`],
    ['loose trailing bits in the signature', `${header}.${payload}.AB`],
  ])('rejects a second spelling: %s', (_, text) => {
    expect(errorOf(() => parse(text))).toMatchObject({
      message: 'invalid token',
      code: 'ERR_TOKEN_MALFORMED',
    });
  });

  const strange: Array<[string, string | Uint8Array]> = [
    ['not JSON', '{alg:HS256}'],
    ['cut', '{"alg":"HS256"'],
    ['null', 'null'],
    ['a number', '1'],
    ['a string', '"HS256"'],
    ['an array', '[{"alg":"HS256"}]'],
    ['duplicate members', '{"alg":"none","alg":"HS256"}'],
    ['duplicate members, one escaped', '{"alg":"none","\\u0061lg":"HS256"}'],
    ['two objects', '{}{}'],
    ['with a comment', '{}//'],
    ['with a byte order mark', '\uFEFF{}'],
    ['with a trailing NUL', '{}\0'],
    ['too deep', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`],
    ['not UTF-8', Buffer.from('{"a":"\xff"}', 'latin1')],
    ['in UTF-16', Buffer.from('{}', 'utf16le')],
    ['with an overlong encoding', Buffer.from('{"a":"\xc0\xaf"}', 'latin1')],
    ['with a surrogate', Buffer.from('{"a":"\xed\xa0\x80"}', 'latin1')],
  ];

  test.each(strange)('rejects a header that is %s', (_, text) => {
    const error = errorOf(() => parse(`${encodeBase64url(text)}.${payload}.AAAA`));
    expect(error).toMatchObject({ message: 'invalid token', code: 'ERR_HEADER_INVALID' });
    expect(error.cause).toBeUndefined();
  });

  test.each(strange)('rejects claims that are %s when they are read', (_, text) => {
    const parsed = parse(`${header}.${encodeBase64url(text)}.AAAA`);
    const error = errorOf(() => parsed.payload);
    expect(error).toMatchObject({ message: 'invalid token', code: 'ERR_PAYLOAD_INVALID' });
    expect(error.cause).toBeUndefined();
  });

  test('accepts an empty signature', () => {
    expect(parse(`${header}.${payload}.`).signature).toBe('');
  });
});

test('checks a claim with an escaped name whatever the engine parsed before', () => {
  const key = Buffer.alloc(32, 1);
  const input = `${encodeBase64url('{"alg":"HS256"}')}.${encodeBase64url('{"sub":"ada","ex\\u0070":1}')}`;
  const expired = `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  // An attacker can have such a text parsed: as a token, or as the body of a request.
  JSON.parse('{"sub":"ada","ex\\\\":1}');
  expect(() => verify(expired, key)).toThrow('jwt expired');
  expect(() => createVerifier(key)(expired)).toThrow('jwt expired');
});
