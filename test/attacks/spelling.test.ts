/** T1, T2: a token is written in one way only. */

import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, decode, verify } from '../../src/index.ts';
import { algorithmKeys, ec, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { base64url, segment } from '../fixtures/tokens.ts';
import { acceptedBy, rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const claims = { sub: 'ada' };

/** Accepted spellings of a token, in the two doors that are quick to ask; all doors parse in one place. */
function accepted(spellings: Iterable<string>, key: unknown = secret): string[] {
  const open: string[] = [];
  for (const text of spellings) {
    try {
      verify(text, key as never);
      open.push(text);
    } catch (error) {
      expect((error as { code?: string }).code).toMatch(/^ERR_/);
    }
  }
  return open;
}

/** Tokens whose three segments end on every number of loose bits. */
const samples = ['', 'a', 'aa'].flatMap((filling) =>
  (['HS256', 'HS384', 'HS512'] as const).map((algorithm) =>
    createSigner(secret, { algorithm, noTimestamp: true, keyid: `k${filling}` })({
      sub: `x${filling}`,
    }),
  ),
);

describe('one character of a token cannot be changed', () => {
  test('to any other character of the alphabet or near it, at any place', () => {
    const [token = ''] = samples;
    const near = '.=+/ \n\r\t\0~!*\u00C1\u0141\uFF21\u2010\u200B\uFEFF';
    for (let at = 0; at < token.length; at++) {
      const others = [...ALPHABET, ...near].filter((character) => character !== token[at]);
      expect(
        accepted(others.map((character) => token.slice(0, at) + character + token.slice(at + 1))),
      ).toEqual([]);
    }
  });

  test('it cannot lose, repeat or gain one', () => {
    for (const token of samples.slice(0, 4)) {
      for (let at = 0; at <= token.length; at++) {
        const variants = ['A', '=', '.', ' ', '\n', '\0'].map(
          (character) => token.slice(0, at) + character + token.slice(at),
        );
        if (at < token.length)
          variants.push(
            token.slice(0, at) + token.slice(at + 1),
            token.slice(0, at + 1) + token.slice(at),
          );
        expect(accepted(variants.filter((text) => text !== token))).toEqual([]);
      }
    }
  });

  test('two neighbours cannot change places', () => {
    for (const token of samples) {
      const swapped = Array.from(
        { length: token.length - 1 },
        (_, i) => token.slice(0, i) + token[i + 1] + token[i] + token.slice(i + 2),
      );
      expect(accepted(swapped.filter((text) => text !== token))).toEqual([]);
    }
  });
});

describe('unused trailing bits are zero in all three segments', () => {
  test('for every algorithm and every last character', async () => {
    for (const { alg, signing, verifying } of algorithmKeys) {
      const token = createSigner(signing() as never, { algorithm: alg })(claims);
      const parts = token.split('.');
      for (let part = 0; part < 3; part++) {
        const own = parts[part] ?? '';
        const variants = [...ALPHABET]
          .filter((last) => last !== own.at(-1))
          .map((last) =>
            parts.map((text, i) => (i === part ? own.slice(0, -1) + last : text)).join('.'),
          );
        expect(accepted(variants, verifying())).toEqual([]);
      }
    }
  });

  test('also where the attacker signs the loose spelling himself', async () => {
    // {"alg":"HS256"} has 15 bytes; one more leaves four loose bits, two more leave two.
    for (const filling of ['', 'x', 'xx']) {
      const header = segment({ alg: 'HS256', kid: filling });
      const payload = segment({ sub: `u${filling}` });
      for (const [first, second] of [
        [loosen(header), payload],
        [header, loosen(payload)],
      ]) {
        if (first === undefined || second === undefined) continue;
        const token = resign(`${first}.${second}`);
        expect(await acceptedBy(verifyApis, token, secret)).toEqual([]);
        expect(decode(token)).toBeNull();
      }
    }
  });
});

/** The same bytes with a loose bit set; undefined where there is no room. */
function loosen(text: string): string | undefined {
  if (text.length % 4 === 0) return undefined;
  const last = ALPHABET.indexOf(text.at(-1) ?? '');
  return text.slice(0, -1) + ALPHABET[last + 1];
}

function resign(input: string): string {
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

describe('other encodings of the same bytes are refused', () => {
  const respell: Record<string, (part: string) => string> = {
    padding: (part) => part + '='.repeat((4 - (part.length % 4)) % 4 || 4),
    'one =': (part) => `${part}=`,
    'standard base64': (part) =>
      Buffer.from(part, 'base64url').toString('base64').replace(/=+$/, '').replace(/^/, '+'),
    '+ and /': (part) => part.replaceAll('-', '+').replaceAll('_', '/'),
    'a leading space': (part) => ` ${part}`,
    'a trailing space': (part) => `${part} `,
    'a space inside': (part) => `${part.slice(0, 4)} ${part.slice(4)}`,
    'a line feed': (part) => `${part}\n`,
    'a line feed inside': (part) => `${part.slice(0, 4)}\n${part.slice(4)}`,
    CRLF: (part) => `${part}\r\n`,
    tab: (part) => `\t${part}`,
    NUL: (part) => `${part}\0`,
    'a byte order mark': (part) => `\uFEFF${part}`,
    'zero width space': (part) => `${part.slice(0, 2)}\u200B${part.slice(2)}`,
    'percent encoding': (part) => part.replace(/^./, (c) => `%${c.charCodeAt(0).toString(16)}`),
    'a full width letter': (part) =>
      part.replace(/[A-Za-z]/, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
    'a letter 256 code points up': (part) =>
      part.replace(/^./, (c) => String.fromCharCode(c.charCodeAt(0) + 0x100)),
    'a letter 0xFF00 code points up': (part) =>
      part.replace(/^./, (c) => String.fromCharCode(c.charCodeAt(0) + 0xff00)),
    'a letter 128 code points up': (part) =>
      part.replace(/^./, (c) => String.fromCharCode(c.charCodeAt(0) + 0x80)),
    'a surrogate pair': (part) => `${part}\u{1F511}`,
    'a lone high surrogate': (part) => `${part}\uD83D`,
    'a lone low surrogate': (part) => `\uDC00${part}`,
    hex: (part) => Buffer.from(part, 'base64url').toString('hex'),
    tilde: (part) => `${part}~`,
  };

  for (const [name, change] of Object.entries(respell)) {
    test(name, async () => {
      const changed = [0, 1, 2].flatMap((part) =>
        samples.slice(0, 3).map((token) => [
          token,
          token
            .split('.')
            .map((text, i) => (i === part ? change(text) : text))
            .join('.'),
        ]),
      );
      for (const [token, text = ''] of changed) {
        if (token === text) continue;
        expect(await acceptedBy(verifyApis, text, secret)).toEqual([]);
        if (/^[\w.-]+$/.test(text)) continue;
        expect(decode(text)).toBeNull();
        // And where the MAC was made over the other spelling.
        const [header, payload] = text.split('.');
        if (token?.startsWith(`${header}.${payload}.`)) continue;
        expect(await acceptedBy(verifyApis, resign(`${header}.${payload}`), secret)).toEqual([]);
      }
    });
  }

  test('a U+0141 whose low byte is "A" is not an "A"', async () => {
    const token = samples.find((text) => text.includes('A')) ?? '';
    expect(token).toContain('A');
    expect(await acceptedBy(verifyApis, token.replaceAll('A', '\u0141'), secret)).toEqual([]);
    expect(decode(token.replaceAll('A', '\u0141'))).toBeNull();
  });
});

describe('a token has exactly three parts', () => {
  const [header = '', payload = '', signature = ''] = (samples[0] ?? '').split('.');
  const whole = `${header}.${payload}.${signature}`;
  const shapes = [
    '',
    '.',
    '..',
    '...',
    '....',
    header,
    `${header}.${payload}`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
    `${whole}.`,
    `.${whole}`,
    `${whole}.${signature}`,
    `${whole}.${payload}.${signature}`,
    `${header}.${whole}`,
    `${header}...${signature}`,
    `${whole},${whole}`,
    `${whole} ${whole}`,
    `Bearer ${whole}`,
    `bearer ${whole}`,
    `"${whole}"`,
    `'${whole}'`,
    `${whole};`,
    `${whole}#`,
    `${whole}?x`,
    `${header}%2e${payload}%2e${signature}`,
    `${header}。${payload}。${signature}`,
    `${header}．${payload}．${signature}`,
    JSON.stringify({ protected: header, payload, signature }),
    JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
  ];

  test.each(shapes)('%j is refused', async (text) => {
    for (const door of verifyApis) {
      const { code } = await rejectionBy(door, text, secret);
      expect(code).toMatch(
        /^ERR_(TOKEN_(MISSING|MALFORMED|ENCRYPTED)|HEADER_INVALID|SIGNATURE_MISSING)$/,
      );
    }
    expect(decode(text)).toBeNull();
  });

  test('five parts are recognised as an encrypted token', async () => {
    const jwe = `${base64url('{"alg":"dir","enc":"A256GCM"}')}..AAAA.AAAA.AAAA`;
    for (const door of verifyApis)
      expect((await rejectionBy(door, jwe, secret)).code).toBe('ERR_TOKEN_ENCRYPTED');
    expect(decode(jwe)).toBeNull();
  });

  const values: unknown[] = [
    undefined,
    null,
    0,
    1,
    true,
    false,
    Number.NaN,
    {},
    [],
    [whole],
    Buffer.from(whole),
    new Uint8Array(Buffer.from(whole)),
    new String(whole),
    { toString: () => whole },
    { [Symbol.toPrimitive]: () => whole },
    Symbol('token'),
    10n,
    () => whole,
    Promise.resolve(whole),
    { split: () => [header, payload, signature], length: 10 },
  ];
  test.each(values.map((value) => [typeof value, value] as const))(
    'a token of type %s is refused',
    async (_, value) => {
      for (const door of verifyApis) {
        const { code } = await rejectionBy(door, value, secret);
        expect(code).toMatch(/^ERR_TOKEN_(MISSING|TYPE)$/);
      }
      expect(decode(value as never)).toBeNull();
    },
  );
});

test('a JSON-serialised JWS with a different header outside is not read (CVE-2026-34950 and its like)', async () => {
  const [, payload, signature] = createSigner(rsa().privateKey)(claims).split('.');
  const other = { header: { alg: 'none' }, payload, signature };
  expect(await acceptedBy(verifyApis, JSON.stringify(other), rsa().publicKey)).toEqual([]);
  expect(await acceptedBy(verifyApis, other, rsa().publicKey)).toEqual([]);
});

test('parts of two good tokens do not make a third', async () => {
  for (const key of [rsa(), ec(), ed25519()]) {
    const sign = createSigner(key.privateKey);
    const [h, p, s] = sign({ sub: 'ada', role: 'user' }).split('.');
    const [, p2, s2] = sign({ sub: 'ada', role: 'admin', x: 1 }).split('.');
    expect(await acceptedBy(verifyApis, `${h}.${p2}.${s}`, key.publicKey)).toEqual([]);
    expect(await acceptedBy(verifyApis, `${h}.${p}.${s2}`, key.publicKey)).toEqual([]);
    expect(await acceptedBy(verifyApis, `${p}.${h}.${s}`, key.publicKey)).toEqual([]);
  }
});
