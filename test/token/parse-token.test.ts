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
      message: 'jwt is longer than maxTokenLength (65536 characters)',
      code: 'ERR_TOKEN_TOO_LONG',
    });
    expect(orThrow(parseToken(token, token.length)).signature).toBe('AAAA');
    expect(() => orThrow(parseToken(token, token.length - 1))).toThrow('longer than');
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
  ])('rejects a second spelling: %s', (_, text) => {
    expect(errorOf(() => parse(text))).toMatchObject({
      message: 'invalid token',
      code: 'ERR_TOKEN_MALFORMED',
    });
  });

  test.each([
    ['a part of impossible length', `${header}.${payload}.AAAAA`],
    [
      'loose trailing bits in the header',
      `${encodeBase64url('{"alg":"x"}').slice(0, -1)}1.${payload}.AAAA`,
    ],
    ['loose trailing bits in the payload', `${header}.${payload.slice(0, -1)}R.AAAA`],
    ['loose trailing bits in the signature', `${header}.${payload}.AB`],
  ])('rejects what jsonwebtoken accepts, with a message of its own: %s', (_, text) => {
    expect(errorOf(() => parse(text))).toMatchObject({
      message: 'jwt is not canonical base64url',
      code: 'ERR_TOKEN_MALFORMED',
    });
  });

  test.each<[name: string, value: unknown, hint: RegExp]>([
    ['a scheme', `Bearer ${token}`, /remove the scheme/],
    ['quotes', `"${token}"`, /in quotes/],
    ['white space', `${token}\n`, /white space/],
    ['padding', `${token}==`, /allowPadding/],
    ['"undefined"', 'undefined', /the string "undefined"/],
    ['"null"', 'null', /the string "null"/],
    ['a promise', Promise.resolve(token), /await it first/],
  ])('has what is wrong as the cause: %s', (_, value, hint) => {
    const error = errorOf(() => parse(value));
    expect(error.message).toMatch(/^invalid token$|^jwt malformed$|^jwt must be a string$/);
    expect((error.cause as Error).message).toMatch(hint);
    expect(Object.keys(error)).not.toContain('cause');
  });

  const notObject = 'must be a JSON object';
  const notUtf8 = 'must be UTF-8 without a byte order mark';
  const duplicate = 'must not have duplicate members';
  const strange: Array<[name: string, text: string | Uint8Array, rule: string | null]> = [
    ['not JSON', '{alg:HS256}', null],
    ['cut', '{"alg":"HS256"', null],
    ['two objects', '{}{}', null],
    ['with a comment', '{}//', null],
    ['with a trailing NUL', '{}\0', null],
    ['in UTF-16', Buffer.from('{}', 'utf16le'), null],
    ['null', 'null', null],
    ['a number', '1', notObject],
    ['a string', '"HS256"', notObject],
    ['an array', '[{"alg":"HS256"}]', notObject],
    ['of duplicate members', '{"alg":"none","alg":"HS256"}', duplicate],
    ['of duplicate members, one escaped', '{"alg":"none","\\u0061lg":"HS256"}', duplicate],
    ['too deep', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`, 'must not nest deeper than 64 levels'],
    ['with a byte order mark', '\uFEFF{}', notUtf8],
    ['not UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), notUtf8],
    ['with an overlong encoding', Buffer.from('{"a":"\xc0\xaf"}', 'latin1'), notUtf8],
    ['with a surrogate', Buffer.from('{"a":"\xed\xa0\x80"}', 'latin1'), notUtf8],
  ];

  test.each(strange)('rejects a header that is %s', (_, text, rule) => {
    const error = errorOf(() => parse(`${encodeBase64url(text)}.${payload}.AAAA`));
    expect(error).toMatchObject({
      message: rule === null ? 'invalid token' : `jwt header ${rule}`,
      code: rule === duplicate ? 'ERR_TOKEN_DUPLICATE_MEMBER' : 'ERR_HEADER_INVALID',
    });
    expect(error.cause).toBeUndefined();
  });

  test.each(strange)('rejects claims that are %s when they are read', (_, text, rule) => {
    const parsed = parse(`${header}.${encodeBase64url(text)}.AAAA`);
    const error = errorOf(() => parsed.payload);
    expect(error).toMatchObject({
      message: `jwt payload ${rule ?? notObject}`,
      code: rule === duplicate ? 'ERR_TOKEN_DUPLICATE_MEMBER' : 'ERR_PAYLOAD_INVALID',
    });
    expect(error.cause).toBeUndefined();
  });

  test('accepts an empty signature', () => {
    expect(parse(`${header}.${payload}.`).signature).toBe('');
  });
});

describe('parseToken with allowPadding', () => {
  const pad = (part: string) => part.padEnd(Math.ceil(part.length / 4) * 4, '=');
  const padded = (text: string) => text.split('.').map(pad).join('.');
  const parsePadded = (text: string) => orThrow(parseToken(text, MAX_TOKEN_LENGTH, true));
  const samples = ['', 'x', 'xx'].map((kid) => {
    return `${encodeBase64url(`{"alg":"HS256","kid":"${kid}"}`)}.${payload}.${'A'.repeat(86)}`;
  });

  test('reads the padded spelling of every token', () => {
    for (const sample of samples) {
      const parsed = parsePadded(padded(sample));
      const plain = parse(sample);
      expect(parsed.header).toEqual(plain.header);
      expect(parsed.readHeader()).toEqual(plain.header);
      expect(parsed.payload).toEqual(plain.payload);
      expect(parsed.signature).toBe(plain.signature);
      expect(`${parsed.signingInput}.`).toBe(
        padded(sample).slice(0, padded(sample).lastIndexOf('.') + 1),
      );
    }
  });

  test('rejects every other spelling, so that a token has one', () => {
    for (const sample of samples) {
      const parts = padded(sample).split('.');
      for (let at = 0; at < 3; at++) {
        const part = parts[at] ?? '';
        const bare = part.replace(/=+$/, '');
        const others = [
          bare,
          `${bare}=`,
          `${bare}==`,
          `${bare}===`,
          `${part}=`,
          `${part}====`,
          `=${part}`,
        ];
        for (const other of others.filter((each) => each !== part)) {
          const text = parts.map((own, i) => (i === at ? other : own)).join('.');
          expect(() => parsePadded(text)).toThrow('invalid token');
        }
      }
      expect(() => parse(padded(sample))).toThrow('invalid token');
    }
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
