/** T1, T2: a token has exactly one spelling. test/properties/tampering.test.ts changes every character. */

import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, decode } from '../../src/index.ts';
import { ec, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { base64url, tokenOf } from '../fixtures/tokens.ts';
import { acceptedBy, rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const sign = (input: string) =>
  `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;

/** Tokens whose parts end on every number of loose bits. */
const samples = ['', 'a', 'aa'].map((end) => tokenOf({ sub: `x${end}` }, { kid: `k${end}` }));
const [whole = ''] = samples;
const [header = '', payload = '', signature = ''] = whole.split('.');

test('rejects loose trailing bits that the attacker signed', async () => {
  const loosen = (part: string) => {
    if (part.length % 4 === 0) return part;
    return part.slice(0, -1) + ALPHABET.charAt(ALPHABET.indexOf(part.slice(-1)) + 1);
  };
  let changed = 0;
  for (const sample of samples) {
    const [head = '', claims = ''] = sample.split('.');
    for (const input of [`${loosen(head)}.${claims}`, `${head}.${loosen(claims)}`]) {
      if (input === `${head}.${claims}`) continue;
      changed++;
      expect(await acceptedBy(verifyApis, sign(input), secret)).toEqual([]);
      expect(decode(sign(input))).toBeNull();
    }
  }
  expect(changed).toBeGreaterThan(2);
});

describe('another encoding of the same bytes', () => {
  const letterUp = (offset: number) => (part: string) =>
    part.replace(/[A-Za-z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + offset));
  const encodings: Array<[name: string, change: (part: string) => string]> = [
    ['padding', (part) => part + '='.repeat((4 - (part.length % 4)) % 4 || 4)],
    ['standard base64', (part) => `+${Buffer.from(part, 'base64url').toString('base64')}`],
    ['a space before', (part) => ` ${part}`],
    ['a space inside', (part) => `${part.slice(0, 4)} ${part.slice(4)}`],
    ['a line break after', (part) => `${part}\r\n`],
    ['a line feed inside', (part) => `${part.slice(0, 4)}\n${part.slice(4)}`],
    ['NUL', (part) => `${part}\0`],
    ['a byte order mark', (part) => `\uFEFF${part}`],
    ['a zero width space', (part) => `${part.slice(0, 2)}\u200B${part.slice(2)}`],
    ['percent encoding', (part) => part.replace(/^./, (c) => `%${c.charCodeAt(0).toString(16)}`)],
    ['a letter 128 code points up', letterUp(0x80)],
    ['a letter 256 code points up', letterUp(0x100)],
    ['a full width letter', letterUp(0xfee0)],
    ['a letter 0xFF00 code points up', letterUp(0xff00)],
    ['a surrogate pair', (part) => `${part}\u{1F511}`],
    ['a lone surrogate', (part) => `\uDC00${part}`],
  ];

  test.each(encodings)('is rejected: %s', async (_, change) => {
    for (const sample of samples) {
      const parts = sample.split('.');
      for (let at = 0; at < 3; at++) {
        const text = parts.map((part, i) => (i === at ? change(part) : part)).join('.');
        expect(await acceptedBy(verifyApis, text, secret)).toEqual([]);
        expect(decode(text)).toBeNull();
        // Also with a MAC over the other spelling.
        const signed = sign(text.slice(0, text.lastIndexOf('.')));
        if (signed !== sample) expect(await acceptedBy(verifyApis, signed, secret)).toEqual([]);
      }
    }
  });
});

describe('a token has exactly three parts', () => {
  test.each([
    ['nothing', ''],
    ['only dots', '..'],
    ['one part', header],
    ['two parts', `${header}.${payload}`],
    ['no payload', `${header}..${signature}`],
    ['no header', `.${payload}.${signature}`],
    ['four parts', `${whole}.${signature}`],
    ['two tokens', `${whole},${whole}`],
    ['a scheme', `Bearer ${whole}`],
    ['quotes', `"${whole}"`],
    ['a fragment', `${whole}#`],
    ['encoded dots', `${header}%2e${payload}%2e${signature}`],
    ['full width dots', `${header}．${payload}．${signature}`],
    ['JSON serialization', JSON.stringify({ protected: header, payload, signature })],
    [
      'general JSON serialization',
      JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    ],
  ])('rejects %s', async (_, text) => {
    for (const api of verifyApis) {
      const { code } = await rejectionBy(api, text, secret);
      expect(code).toMatch(/^ERR_TOKEN_(MISSING|MALFORMED|ENCRYPTED)$/);
    }
    expect(decode(text)).toBeNull();
  });

  test('rejects five parts as an encrypted token', async () => {
    const jwe = `${base64url('{"alg":"dir","enc":"A256GCM"}')}..AAAA.AAAA.AAAA`;
    for (const api of verifyApis) {
      expect((await rejectionBy(api, jwe, secret)).code).toBe('ERR_TOKEN_ENCRYPTED');
    }
  });

  test.each<[name: string, value: unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['true', true],
    ['an object', {}],
    ['an array of the token', [whole]],
    ['a Buffer', Buffer.from(whole)],
    ['a String object', new String(whole)],
    ['toString', { toString: () => whole }],
    ['toPrimitive', { [Symbol.toPrimitive]: () => whole }],
    ['a symbol', Symbol('token')],
    ['a bigint', 10n],
    ['a function', () => whole],
    ['a promise', Promise.resolve(whole)],
    ['an object that splits', { split: () => [header, payload, signature], length: 10 }],
  ])('rejects a token that is %s', async (_, value) => {
    for (const api of verifyApis) {
      const { code } = await rejectionBy(api, value, secret);
      expect(code).toMatch(/^ERR_TOKEN_(MISSING|TYPE)$/);
    }
    expect(decode(value as never)).toBeNull();
  });
});

test('rejects a JSON-serialized JWS with another header outside (CVE-2026-34950)', async () => {
  const [, claims, mac] = createSigner(rsa().privateKey)({ sub: 'ada' }).split('.');
  const other = { header: { alg: 'none' }, payload: claims, signature: mac };
  expect(await acceptedBy(verifyApis, JSON.stringify(other), rsa().publicKey)).toEqual([]);
  expect(await acceptedBy(verifyApis, other, rsa().publicKey)).toEqual([]);
});

test('rejects a token composed of parts of two valid tokens', async () => {
  for (const { privateKey, publicKey } of [rsa(), ec(), ed25519()]) {
    const signer = createSigner(privateKey);
    const [h, p, s] = signer({ sub: 'ada', role: 'user' }).split('.');
    const [, p2, s2] = signer({ sub: 'ada', role: 'admin', x: 1 }).split('.');
    for (const text of [`${h}.${p2}.${s}`, `${h}.${p}.${s2}`, `${p}.${h}.${s}`]) {
      expect(await acceptedBy(verifyApis, text, publicKey)).toEqual([]);
    }
  }
});
