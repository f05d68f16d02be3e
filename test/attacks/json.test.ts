/** T3: header and payload have one reading only. */

import { describe, expect, test } from 'vitest';
import { createVerifier, decode, type UnverifiedToken, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { base64url, forge } from '../fixtures/tokens.ts';
import {
  acceptedBy,
  preparedVerifyApis,
  rejectionBy,
  verifyApis,
} from '../fixtures/verify-apis.ts';

const header = '{"alg":"HS256","typ":"JWT"}';
const bytes = (...parts: Array<string | number[]>) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as never)));

/** Refused in the payload by all doors as such, and by decode. */
async function refusedPayload(text: string | Uint8Array): Promise<void> {
  for (const head of [header, '{"alg":"HS256"}', '{"alg":"HS256","typ":"at+jwt"}']) {
    const token = forge(head, text, secret);
    for (const door of verifyApis) {
      expect((await rejectionBy(door, token, secret)).code).toBe('ERR_PAYLOAD_INVALID');
    }
    expect(decode(token)).toBeNull();
    expect(decode(token, { complete: true })).toBeNull();
    expect(decode(token, { json: true })).toBeNull();
  }
}

/** Refused in the header by all doors, also under a valid MAC. */
async function refusedHeader(text: string | Uint8Array): Promise<void> {
  const token = forge(text, '{"sub":"admin"}', secret);
  for (const door of verifyApis) {
    expect((await rejectionBy(door, token, secret)).code).toBe('ERR_HEADER_INVALID');
  }
  expect(decode(token)).toBeNull();
}

describe('duplicate members are refused', () => {
  const twice: Record<string, string> = {
    'at the top': '{"sub":"ada","sub":"admin"}',
    'with equal values': '{"sub":"ada","sub":"ada"}',
    'apart from one another': '{"sub":"ada","a":1,"b":{},"sub":"admin"}',
    'one behind an escape': '{"sub":"ada","s\\u0075b":"admin"}',
    'all behind escapes': '{"\\u0073\\u0075\\u0062":"ada","\\u0073u\\u0062":"admin"}',
    'one with a surrogate pair escaped': '{"🔑":1,"\\ud83d\\udd11":2}',
    'with an escaped slash': '{"a/b":1,"a\\/b":2}',
    'in an object': '{"a":{"b":1,"b":2}}',
    'in an array': '{"a":[1,[{"b":1,"b":2}]]}',
    'deep inside': `${'{"a":'.repeat(40)}{"b":1,"b":2}${'}'.repeat(40)}`,
    'with white space': '{ "sub" : "ada" , \n\t"sub"\r: "admin" }',
    'with empty names': '{"":1,"":2}',
    'whose names are numbers': '{"1":1,"1":2}',
    'named __proto__': '{"__proto__":{"a":1},"__proto__":{"b":2}}',
    'named __proto__, one escaped': '{"__proto__":1,"\\u005f_proto__":2}',
    'that cancel a colon in a string': '{"a":"x:y","a":":"}',
    'three times': '{"exp":1,"exp":2,"exp":99999999999}',
  };

  for (const [name, text] of Object.entries(twice)) {
    test(`${name}, in the payload`, () => refusedPayload(text));
    test(`${name}, in the header`, () => refusedHeader(`{"alg":"HS256",${text.slice(1)}`));
  }

  test('of "alg", also by an escape', async () => {
    for (const second of [
      '"alg":"none"',
      '"\\u0061lg":"none"',
      '"alg":"HS256"',
      '"a\\u006cg":"RS256"',
    ]) {
      await refusedHeader(`{"alg":"HS256",${second}}`);
      await refusedHeader(`{${second},"alg":"HS256"}`);
    }
  });

  test('equal names in different objects are no duplicates, nor is what stands in strings', async () => {
    const texts = [
      '{"a":{"x":1},"b":{"x":1}}',
      '[{"x":1},{"x":1}]',
      '{"a":"\\"a\\":1,\\"a\\":2"}',
      '{"a":"{\\"b\\":1}","b":":::"}',
      '{"sub":"x","Sub":"y","SUB":"z"}',
      '{"\\\\":1,"\\"":2}',
      '{"é":1,"e\\u0301":2}',
    ];
    for (const text of texts.filter((t) => t.startsWith('{'))) {
      for (const door of verifyApis)
        expect(await door.verify(forge(header, text, secret), secret)).toEqual(JSON.parse(text));
    }
  });
});

describe('text that is not strict UTF-8 is refused', () => {
  const broken: Record<string, number[]> = {
    'an overlong slash': [0xc0, 0xaf],
    'an overlong quote': [0xc0, 0xa2],
    'an overlong NUL': [0xc0, 0x80],
    'an overlong slash of three bytes': [0xe0, 0x80, 0xaf],
    'a surrogate in three bytes (CESU-8)': [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
    'a code point beyond U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
    'a byte of five-byte sequences': [0xf8, 0x88, 0x80, 0x80, 0x80],
    'a lone continuation byte': [0x80],
    'a sequence cut short': [0xe2, 0x82],
    latin1: [0xe9],
    '0xFF': [0xff],
    '0xFE 0xFF': [0xfe, 0xff],
  };

  for (const [name, sequence] of Object.entries(broken)) {
    test(name, async () => {
      await refusedPayload(bytes('{"sub":"', sequence, '"}'));
      await refusedPayload(bytes('{"', sequence, '":1}'));
      await refusedHeader(bytes('{"alg":"HS256","kid":"', sequence, '"}'));
    });
  }

  test('a byte order mark, and UTF-16', async () => {
    await refusedPayload('\uFEFF{"sub":"ada"}');
    await refusedHeader('\uFEFF{"alg":"HS256"}');
    for (const text of [
      Buffer.from('\uFEFF{"alg":"HS256"}', 'utf16le'),
      Buffer.from('{"alg":"HS256"}', 'utf16le').swap16(),
    ]) {
      await refusedHeader(text);
    }
    await refusedPayload(Buffer.from('\uFEFF{"sub":"ada"}', 'utf16le'));
  });

  test('what replaces bad bytes is never compared with a claim', async () => {
    const token = forge(header, bytes('{"iss":"', [0xff], '"}'), secret);
    expect(await acceptedBy(verifyApis, token, secret, { issuer: '\uFFFD' })).toEqual([]);
  });
});

describe('a header is one JSON object', () => {
  const others = [
    '',
    ' ',
    'null',
    'true',
    '0',
    '""',
    '"HS256"',
    '[]',
    '[{"alg":"HS256"}]',
    '{',
    '}',
    '{}x',
    '{"alg":"HS256"}{"alg":"none"}',
    '{"alg":"HS256",}',
    "{'alg':'HS256'}",
    '{alg:"HS256"}',
    '{"alg":"HS256"}\0',
    '/**/{"alg":"HS256"}',
    '{"alg":"HS256"}//',
    '{"alg":NaN}',
    '{"alg":undefined}',
    '{"alg":"HS256\n"}',
    '{"alg":"HS256","a":01}',
    '{"alg":"HS256","a":+1}',
    '{"alg":"HS256","a":"\\x41"}',
    '\u00A0{"alg":"HS256"}',
    '\v{"alg":"HS256"}',
    '{"alg":"HS256","a":"\t"}',
    '{"alg":"HS256","a":1e}',
    '{"alg":"HS256" "a":1}',
  ];
  test.each(others)('%j is none', async (text) => {
    const token = forge(text, '{"sub":"admin"}', secret);
    expect(await acceptedBy(verifyApis, token, secret)).toEqual([]);
    expect(decode(token)).toBeNull();
  });

  test('an empty object has no alg', async () => {
    for (const door of verifyApis)
      expect((await rejectionBy(door, forge('{}', '{}', secret), secret)).code).toBe(
        'ERR_HEADER_ALG',
      );
  });
});

describe('a payload is one JSON object in the prepared door', () => {
  test.each([
    'null',
    'true',
    '0',
    '1',
    '""',
    '"admin"',
    '[]',
    '[{"sub":"admin"}]',
    'text',
    '{',
    '{"sub":',
    '{}{}',
    '{"a":1}x',
    ' ',
  ])('%j is none', async (text) => {
    for (const door of preparedVerifyApis) {
      expect((await rejectionBy(door, forge(header, text, secret), secret)).code).toBe(
        'ERR_PAYLOAD_INVALID',
      );
    }
  });

  test('JSON in JSON is not parsed twice', () => {
    const inner = JSON.stringify({ sub: 'admin', admin: true });
    expect(verify(forge(header, JSON.stringify(inner), secret), secret)).toBe(inner);
    expect(decode(forge(header, JSON.stringify(inner), secret))).toBe(inner);
  });
});

describe('an error about JSON does not quote the input', () => {
  const marked = '{"secretclaim":"verysecret" oops}';

  test('in message, stack, cause or code', async () => {
    const tokens = [
      forge(header, marked, secret),
      forge(marked, '{}', secret),
      forge('{"alg":"HS256" verysecret}', '{}', secret),
    ];
    for (const token of tokens) {
      for (const door of verifyApis) {
        const { error } = await rejectionBy(door, token, secret);
        expect(error.cause).toBeUndefined();
        expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toMatch(
          /verysecret|secretclaim/,
        );
      }
    }
  });
});

test('the payload getter of an unverified token holds the same rules', () => {
  const seen: string[] = [];
  const verifier = createVerifier((token: UnverifiedToken) => {
    try {
      seen.push(JSON.stringify(token.payload));
    } catch (error) {
      seen.push(String((error as { code?: string }).code));
    }
    return secret;
  });
  for (const text of ['{"a":1,"a":2}', '['.repeat(1000), 'null', '[]', '"x"', '\uFEFF{}']) {
    expect(() => verifier(forge(header, text, secret))).toThrow('invalid token');
  }
  expect(seen).toEqual(Array.from({ length: 6 }, () => 'ERR_PAYLOAD_INVALID'));
});

test('a source that lets the payload error through refuses the token with it', async () => {
  const verifier = createVerifier(async ({ payload }) => (payload.iss ? secret : undefined));
  const token = `${base64url(header)}.${base64url('{"iss":"a","iss":"b"}')}.${base64url(Buffer.alloc(32))}`;
  await expect(verifier(token)).rejects.toMatchObject({ code: 'ERR_PAYLOAD_INVALID' });
});
