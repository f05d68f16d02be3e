import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  explain,
  explainClassic,
  explainUnverified,
  renderExplanation,
} from '../../src/explain/index.ts';
import { wrapText } from '../../src/explain/wrap-text.ts';
import { secret } from '../fixtures/keys.ts';
import { forge, NOW, tokenOf } from '../fixtures/tokens.ts';

const clock = () => NOW * 1000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that a terminal obeys
const COLOR = /\u001b\[\d+m/g;

async function textFor(claims: object, options = {}, rendering = {}): Promise<string> {
  return renderExplanation(
    await explain(tokenOf(claims), secret, { clock, ...options }),
    rendering,
  );
}

describe('renderExplanation', () => {
  it('shows the outcome and the failed checks first, then the others, then hints', async () => {
    const claims = { sub: 'ada', aud: 'web', iat: NOW - 1080, exp: NOW - 180 };
    const options = {
      audience: ['api', /^x/],
      issuer: 'https://id.example',
      requiredClaims: ['email'],
    };
    expect(await textFor(claims, options)).toMatchInlineSnapshot(`
      "✗ rejected: jwt expired (ERR_CLAIM_EXPIRED)
      The signature is verified. Checked at 2023-11-14T22:13:20Z.

      ✗ failed   exp        expired 3 minutes ago, 2023-11-14T22:10:20Z
                            RFC 7519 §4.1.4
      ✗ failed   aud        expected "api" or "/^x/"
                            the token has "web"
                            RFC 7519 §4.1.3
      ✗ failed   iss        expected "https://id.example"
                            the token has none
                            RFC 7519 §4.1.1
      ✗ failed   required   the token has no "email"
                            RFC 7519 §4
      ✓ passed   token, crit, signed, key, signature, payload, nbf
      ✓ passed   alg        "HS256"
      ✓ passed   iat        issued 18 minutes ago, 2023-11-14T21:55:20Z

      → hint     exp        The token expired 180 seconds ago. If a clock is wrong,
                            correct it, or set "clockTolerance" to 181 seconds or
                            more. (clock)"
    `);
  });

  it.each([[1n], [Symbol('a')], [{ a: { toJSON: () => 1n } }], [() => 1], [undefined]])(
    'shows an expected value that JSON does not have, such as %s',
    async (odd) => {
      const options = { audience: ['api', odd] as never, issuer: ['me', null] as never };
      const token = tokenOf({ aud: 'api', iss: 'web' });
      const explanation = await explainClassic(token, secret, options);
      expect(JSON.parse(JSON.stringify(explanation.checks))).toEqual(explanation.checks);
      expect(renderExplanation(explanation)).toContain('expected "me" or none');
    },
  );

  it('reads no member of a polluted Object.prototype', async () => {
    Object.assign(Object.prototype, { kid: 'x' });
    try {
      const token = forge({ alg: 'HS256', kid: 5 }, {});
      const explanation = await explain(token, () => secret, { clock });
      expect(renderExplanation(explanation)).toContain('kid        "kid" in the header must be');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'kid');
    }
  });

  it('breaks a word of any length', () => {
    const word = 'x'.repeat(200_000);
    expect(wrapText(`a ${word}`, 1).join('')).toBe(`a${word}`);
  });

  it('shows an accepted token', async () => {
    const claims = {
      iss: 'me',
      exp: NOW + 900,
      nbf: NOW - 60,
      iat: NOW - 60,
      email: 'a@b.example',
    };
    const options = { issuer: 'me', maxAge: '1h', requiredClaims: ['email'] };
    expect(await textFor(claims, options)).toMatchInlineSnapshot(`
      "✓ accepted
      The signature is verified. Checked at 2023-11-14T22:13:20Z.

      ✓ passed   token, crit, signed, key, signature, payload
      ✓ passed   alg        "HS256"
      ✓ passed   nbf        active for 1 minute, 2023-11-14T22:12:20Z
      ✓ passed   exp        expires in 15 minutes, 2023-11-14T22:28:20Z
      ✓ passed   iss        "me"
      ✓ passed   iat        issued 1 minute ago, 2023-11-14T22:12:20Z
      ✓ passed   maxAge     1 minute old, at most 1 hour is allowed
      ✓ passed   required   "email""
    `);
  });

  it('shows a token that is malformed', async () => {
    const explanation = await explain(`Bearer ${tokenOf({})}`, secret, { clock });
    expect(renderExplanation(explanation)).toMatchInlineSnapshot(`
      "✗ rejected: invalid token (ERR_TOKEN_MALFORMED)
      The signature is not verified. Checked at 2023-11-14T22:13:20Z.

      ✗ failed   token      invalid token
                            RFC 7515 §7.1
      - skipped  crit, alg, signed, key, signature, payload, nbf, exp, iat

      → hint     token      The token begins with the scheme "Bearer". Pass only what
                            is behind it. (bearer-prefix)"
    `);
  });

  it('shows a token without a key', async () => {
    const explanation = await explainUnverified(tokenOf({ sub: 'ada' }), { clock, subject: 'bob' });
    expect(renderExplanation(explanation)).toMatchInlineSnapshot(`
      "? failed: no key was passed: the signature is not verified
      The signature is not verified. An attacker can have written the values below.
      Checked at 2023-11-14T22:13:20Z.

      ✗ failed   sub        expected "bob"
                            the token has "ada"
                            RFC 7519 §4.1.2
      ✓ passed   token, crit, signed, kid, payload, nbf, exp, iat
      ✓ passed   alg        "HS256"
      - skipped  key, signature"
    `);
  });

  it('shows redacted values', async () => {
    const text = await textFor({ sub: 'ada' }, { subject: 'bob', redact: true });
    expect(text).toContain('expected [redacted]');
    expect(text).toContain('the token has [redacted]');
  });

  it.each([
    [{ exp: NOW }, 'expired 0 seconds ago'],
    [{ exp: NOW - 1 }, 'expired 1 second ago'],
    [{ exp: NOW - 119 }, 'expired 119 seconds ago'],
    [{ exp: NOW - 60 }, 'expired 1 minute ago'],
    [{ exp: NOW - 7199 }, 'expired 119 minutes ago'],
    [{ exp: NOW - 7200 }, 'expired 2 hours ago'],
    [{ exp: NOW - 3 * 86_400 }, 'expired 3 days ago'],
    [{ exp: 0 }, 'expired 53 years ago, 1970-01-01T00:00:00Z'],
    [{ exp: NOW + 90 }, 'expires in 90 seconds'],
    [{ exp: 1e300 }, ', 1e+300'],
    [{ nbf: NOW + 300 }, 'active in 5 minutes'],
    [{ nbf: NOW - 300 }, 'active for 5 minutes'],
    [{ iat: NOW + 300 }, 'issued in 5 minutes'],
    [{ exp: '1' }, 'invalid exp value'],
    [{ exp: '1' }, 'the token has "1"'],
  ])('shows times relative to the time of the checks: %j', async (claims, text) => {
    expect(await textFor(claims)).toContain(text);
  });

  it.each([
    [{ iat: NOW - 7200 }, '2 hours old, at most 1 hour is allowed'],
    [{ iat: NOW + 120 }, 'issued 2 minutes in the future'],
    [{}, 'iat required when maxAge is specified'],
  ])('shows the age of a token: %j', async (claims, text) => {
    expect(await textFor(claims, { maxAge: '1h' })).toContain(text);
  });

  it('shows what is absent, and long lists and values cut', async () => {
    const audience = Array.from({ length: 10 }, (_, index) => `a${index}`);
    expect(await textFor({}, { audience })).toMatch(/"a7" or 2\s+more[\s\S]*the token has none/);
    expect(await textFor({ aud: 'x'.repeat(500) }, { audience })).toMatch(/x…"/);
    expect(await textFor({ aud: [{ a: 'y'.repeat(500) }] }, { audience })).toMatch(
      /\[\{"a":"y+[\s\S]*…/,
    );
    expect(await textFor({}, { typ: ['at+jwt', null] })).toContain('expected "at+jwt" or none');
  });

  it('says the status of each check in words and in color', async () => {
    const claims = { aud: 'web', exp: NOW - 5 };
    const plain = await textFor(claims, { audience: 'api' });
    const colored = await textFor(claims, { audience: 'api' }, { color: true });
    expect(plain).not.toMatch(COLOR);
    expect(colored).toContain('\u001b[31m✗ failed\u001b[39m');
    expect(colored.replace(COLOR, '')).toBe(plain);
  });

  it('has no line that is longer than the width', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(text, text, fc.integer({ min: 40, max: 120 }), async (aud, iss, width) => {
        const options = { audience: 'api', issuer: 'https://id.example' };
        const lines = (await textFor({ aud, iss }, options, { width })).split('\n');
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
      }),
      { numRuns: 200 },
    );
    const narrow = await textFor({ aud: 'x' }, { audience: 'api' }, { width: 1 });
    expect(narrow).toBe(await textFor({ aud: 'x' }, { audience: 'api' }, { width: 40 }));
    const wide = await textFor({ aud: '漢'.repeat(60) }, { audience: 'api' });
    for (const line of wide.split('\n')) expect(line.replace(/漢/g, 'xx').length).toBeLessThan(81);
  });

  it('escapes what a terminal obeys or hides, wherever a token has it', async () => {
    const hostile =
      '\u001b[2J\u0007\u009b\u202e\u2066\u200b\u200d\ufeff\u00ad\u3164\u2028\ud800\n\r\t\u{e0001}';
    const header = { alg: 'HS256', typ: hostile, kid: hostile, [hostile]: hostile };
    const claims = { aud: [hostile], iss: hostile, exp: hostile, sub: { [hostile]: hostile } };
    const token = forge(header, { ...claims, [hostile]: 1 });
    const source = () => {
      throw new Error(hostile);
    };
    const options = { audience: 'x', issuer: `${hostile}/`, subject: hostile, typ: hostile };
    for (const key of [secret, source]) {
      const text = renderExplanation(await explain(token, key, options));
      expect(text).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
      expect(text).toContain('\\u001b[2J');
    }
    const forgedMessage = { ...(await explain(token, secret)), message: hostile };
    expect(renderExplanation(forgedMessage)).not.toContain('\u001b');
  });

  it('returns the same text for the same explanation, also from JSON', async () => {
    const explanation = await explain(tokenOf({ exp: 1 }), secret, { audience: 'api' });
    const copy = JSON.parse(JSON.stringify(explanation));
    expect(renderExplanation(copy)).toBe(renderExplanation(explanation));
  });

  it('accepts the columns of an output that is no terminal', async () => {
    const explanation = await explain(tokenOf({}), secret);
    const text = renderExplanation(explanation, { color: undefined, width: undefined });
    expect(text).toBe(renderExplanation(explanation));
  });

  it.each([
    { width: 0 },
    { width: 1.5 },
    { width: '80' },
    { color: 1 },
    { colour: true },
    null,
    80,
  ])('throws TypeError for %j', async (options) => {
    const explanation = await explain(tokenOf({}), secret);
    expect(() => renderExplanation(explanation, options as never)).toThrow(TypeError);
  });

  it('rejects a promise, which lacks an await, and anything else that is no explanation', async () => {
    const promise = explain(tokenOf({}), secret, { clock });
    const expected = { name: 'TypeError', code: 'ERR_OPTION_INVALID' };
    const message = 'explanation must be what explain resolves to, got a promise: await it first';
    expect(() => renderExplanation(promise as never)).toThrow(
      expect.objectContaining({ ...expected, message }),
    );
    for (const value of [undefined, null, {}, 'a token', { outcome: 'toString' }, []]) {
      expect(() => renderExplanation(value as never)).toThrow(expect.objectContaining(expected));
    }
    await promise;
  });
});
