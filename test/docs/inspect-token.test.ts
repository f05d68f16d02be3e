import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectToken } from '../../docs/.vitepress/theme/inspect-token.ts';
import { isErrorCode } from '../../src/errors.ts';
import { createSigner, createVerifier, JsonWebTokenError } from '../../src/index.ts';

const NOW = 1_800_000_000;
const secret = 'the secret of these tests, of 32 bytes or more';

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
const tokenOf = (payload: object | string, header: object | string = { alg: 'HS256' }) =>
  [header, payload]
    .map((part) => encode(typeof part === 'string' ? part : JSON.stringify(part)))
    .concat('c2ln')
    .join('.');

const codesOf = (token: string) =>
  inspectToken(token, NOW).findings.flatMap(({ code }) => code ?? []);
const textOf = (token: string) =>
  inspectToken(token, NOW)
    .findings.map(({ text }) => text)
    .join('\n');

const fine = { sub: 'ada', aud: 'api', exp: NOW + 900 };

describe('the token inspector', () => {
  it('decodes a token and finds nothing wrong with a valid one', () => {
    const sign = createSigner(secret, { audience: 'api', expiresIn: '15m' });
    const { header, payload, findings } = inspectToken(sign({ sub: 'ada' }), Date.now() / 1000);
    expect(JSON.parse(header ?? '')).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(JSON.parse(payload ?? '')).toMatchObject({ sub: 'ada', aud: 'api' });
    expect(findings).toEqual([]);
  });

  it.each([
    [`Bearer ${tokenOf(fine)}`, 'Bearer'],
    [`Authorization: Bearer ${tokenOf(fine)}`, 'header name'],
    [`"${tokenOf(fine)}"`, 'quotes'],
    [tokenOf(fine).replace('.', '.\n'), 'White space'],
  ])('removes what was copied along, and says so: %#', (pasted, reason) => {
    expect(codesOf(pasted)).toContain('ERR_TOKEN_MALFORMED');
    expect(textOf(pasted)).toContain(reason);
    expect(inspectToken(pasted, NOW).payload).toContain('ada');
  });

  it.each([
    ['a.b.c.d.e', 'ERR_TOKEN_ENCRYPTED'],
    ['abc', 'ERR_TOKEN_MALFORMED'],
    ['a.b.c.d.e.f.g', 'ERR_TOKEN_MALFORMED'],
    [tokenOf(fine).replace('c2ln', ''), 'ERR_SIGNATURE_MISSING'],
    [tokenOf(fine).replace('c2ln', 'c2l='), 'ERR_TOKEN_MALFORMED'],
    [`${encode('{"alg":"HS256"}')}..c2ln`, 'ERR_TOKEN_MALFORMED'],
    [tokenOf(fine, '[]'), 'ERR_HEADER_INVALID'],
    [tokenOf(fine, { alg: 'none' }), 'ERR_HEADER_ALG'],
    [tokenOf(fine, {}), 'ERR_HEADER_ALG'],
    [tokenOf(fine, { alg: 'HS256', crit: ['exp'] }), 'ERR_HEADER_CRIT'],
    [tokenOf('text'), 'ERR_PAYLOAD_INVALID'],
    [tokenOf({ ...fine, exp: NOW }), 'ERR_CLAIM_EXPIRED'],
    [tokenOf({ ...fine, nbf: NOW + 1 }), 'ERR_CLAIM_NOT_ACTIVE'],
    [tokenOf({ ...fine, exp: '1' }), 'ERR_CLAIM_INVALID'],
  ])('names the code of what is wrong: %#', (token, code) => {
    expect(codesOf(token)).toEqual([code]);
  });

  it.each([
    [NOW - 1, '1 second'],
    [NOW - 7200, '2 hours'],
    [NOW - 86_400 * 3, '3 days'],
  ])('says since when a token is expired: %#', (exp, timespan) => {
    expect(textOf(tokenOf({ ...fine, exp }))).toBe(`Expired ${timespan} ago.`);
  });

  it('recognizes times in milliseconds', () => {
    const token = tokenOf({ ...fine, exp: NOW * 1000 });
    expect(textOf(token)).toContain('milliseconds');
    expect(codesOf(token)).toEqual(['JOTKIT_TIME_UNIT']);
  });

  it('recognizes refresh tokens, opaque tokens and the string "undefined"', () => {
    expect(textOf(tokenOf(fine, { alg: 'HS256', typ: 'rt+jwt' }))).toContain('a refresh token');
    expect(textOf('gho_16C7e42F292c6912E7710c838347Ae178B4a')).toContain('opaque');
    expect(textOf('Bearer undefined')).toContain('the string `undefined`');
  });

  it('notes an absent "aud" and "exp", which not every verifier requires', () => {
    const { findings } = inspectToken(tokenOf({}), NOW);
    expect(findings.map(({ code }) => code)).toEqual([undefined, 'ERR_CLAIM_MISSING']);
    expect(findings.every(({ isHint }) => isHint)).toBe(true);
  });

  it('decodes neither bytes that are not UTF-8 nor bits that base64url leaves unused', () => {
    const invalid = `${encode('{"alg":"HS256"}')}.${encode(new Uint8Array([0x7b, 0xff]))}.c2ln`;
    expect(codesOf(invalid)).toEqual(['ERR_PAYLOAD_INVALID']);
    expect(codesOf(`${encode('{"alg":"HS256"}')}.e31.c2ln`)).toContain('ERR_TOKEN_MALFORMED');
  });

  it('reads own members only', () => {
    const { payload, findings } = inspectToken(tokenOf('{"__proto__":{"exp":1,"aud":"api"}}'), NOW);
    expect(payload).toContain('__proto__');
    expect(findings.map(({ text }) => text.slice(0, 8))).toEqual(['No `exp`', 'No `aud`']);
  });

  it('shows the beginning of a token of megabytes', () => {
    const { payload = '', findings } = inspectToken(tokenOf({ ...fine, a: 'a'.repeat(3e6) }), NOW);
    expect(findings.map(({ code }) => code)).toEqual(['ERR_TOKEN_TOO_LONG']);
    expect(payload.length).toBeLessThan(21_000);
    expect(codesOf('.'.repeat(1e6))).toContain('ERR_TOKEN_MALFORMED');
    expect(codesOf(tokenOf('['.repeat(1e5)))).toContain('ERR_PAYLOAD_INVALID');
  });

  it('never throws, and names codes that exist', () => {
    const part = fc.oneof(fc.string(), fc.json().map(encode), fc.uint8Array().map(encode));
    const pasted = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 6 }).map((all) => all.join('.')),
    );
    fc.assert(
      fc.property(pasted, (text) => {
        return codesOf(text).every((code) => {
          return code === 'JOTKIT_TIME_UNIT' || isErrorCode(code);
        });
      }),
    );
  });

  it('finds the cause that a verifier names', () => {
    const verify = createVerifier(secret, { clock: () => NOW });
    const bad = [
      'a.b.c.d.e',
      'abc',
      `Bearer ${tokenOf(fine)}`,
      tokenOf(fine, '[]'),
      `${tokenOf(fine)}=`,
    ];
    for (const token of bad) {
      let code: string | undefined;
      try {
        verify(token);
      } catch (error) {
        if (error instanceof JsonWebTokenError) ({ code } = error);
      }
      expect(codesOf(token), token.slice(0, 8)).toContain(code);
    }
  });
});
