import fc from 'fast-check';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import {
  createSigner,
  createVerifier,
  type SignerOptions,
  type Timespan,
} from '../../src/index.ts';
import { algorithmKeys, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { headerOf, NOW, partOf, payloadOf } from '../fixtures/tokens.ts';
import { claimsSets } from '../properties/json.ts';

afterEach(() => void vi.restoreAllMocks());

const clock = () => NOW * 1000 + 500;

/** The claims as one object, without the short cuts of createSigner. Undefined for what it must reject. */
function mergedJson(payload: object, options: SignerOptions, now: number): string | undefined {
  const claims: Record<string, unknown> = { ...payload };
  const { noTimestamp, notBefore, expiresIn, audience, issuer, subject, jwtid } = options;
  const areTimes = () => {
    const times = ['iat', 'nbf', 'exp'].filter((name) => Object.hasOwn(claims, name));
    return times.every((name) => Number.isFinite(claims[name]) && Number(claims[name]) < 1e11);
  };
  if (!areTimes()) return undefined;
  const iat = Object.hasOwn(claims, 'iat') ? Number(claims['iat']) : now;
  const after = (span: Timespan | undefined) => {
    if (typeof span === 'number') return iat + span;
    return span && Math.floor(iat + (span === '1m' ? 60 : 900));
  };
  if (noTimestamp) delete claims['iat'];
  else claims['iat'] = iat;
  const added = {
    nbf: after(notBefore),
    exp: after(expiresIn),
    aud: audience,
    iss: issuer,
    sub: subject,
    jti: typeof jwtid === 'function' ? jwtid() : jwtid,
  };
  for (const [name, value] of Object.entries(added)) {
    if (value === undefined) continue;
    if (claims[name] !== undefined) return undefined;
    claims[name] = value;
  }
  return areTimes() ? JSON.stringify(claims) : undefined;
}

describe('a signer of createSigner', () => {
  test('writes header and claims in the order of sign', () => {
    const sign = createSigner(secret, {
      keyid: 'k',
      header: { typ: 'at+jwt', x: 1 },
      clock,
      jwtid: 'j',
      subject: 's',
      issuer: 'i',
      audience: ['a', 'b'],
      expiresIn: '15m',
      notBefore: 5,
    });
    const token = sign({ z: 1 });
    expect(partOf(token, 0)).toBe('{"alg":"HS256","typ":"at+jwt","kid":"k","x":1}');
    expect(partOf(token, 1)).toBe(
      `{"z":1,"iat":${NOW},"nbf":${NOW + 5},"exp":${NOW + 900},"aud":["a","b"],"iss":"i","sub":"s","jti":"j"}`,
    );
  });

  test('does not change its claims, and ignores later changes of its options', () => {
    const audience = ['a'];
    const header: Record<string, unknown> = { x: 1 };
    const sign = createSigner(secret, { audience, header, clock });
    audience.push('b');
    header['x'] = 2;
    const token = sign(Object.freeze({ z: 1 }));
    expect(payloadOf(token)).toEqual({ z: 1, iat: NOW, aud: ['a'] });
    expect(headerOf(token).x).toBe(1);
  });

  test('omits iat with noTimestamp', () => {
    const sign = createSigner(secret, { noTimestamp: true, expiresIn: 60, clock });
    expect(payloadOf(sign({}))).toEqual({ exp: NOW + 60 });
  });

  test('counts from the iat of the claims, also from 0', () => {
    const sign = createSigner(secret, { expiresIn: 60 });
    expect(payloadOf(sign({ iat: 0 }))).toEqual({ iat: 0, exp: 60 });
  });

  it('writes the JSON of one object with the claims of the payload and of the options', () => {
    const rest = fc.oneof(
      claimsSets,
      fc.constantFrom<object>({}, { gone: undefined }, { 2: 'b', 1: 'a', z: 0 }),
    );
    const registered = fc.record(
      {
        iat: fc.constantFrom(0, NOW - 5, NOW + 0.5),
        sub: fc.constantFrom('ada', undefined),
        aud: fc.constantFrom(['x'], 'x', undefined),
        iss: fc.constant(undefined),
        exp: fc.constantFrom(NOW + 1, 1e11 - 1, -1, 1e11, undefined),
        toJSON: fc.constant(function toJSON(this: object) {
          return { names: Object.keys(this) };
        }),
      },
      { requiredKeys: [] },
    );
    const options = fc.record(
      {
        notBefore: fc.constantFrom<Timespan>(0, 5, '1m'),
        expiresIn: fc.constantFrom<Timespan>(0, 1.5, '15m'),
        audience: fc.constantFrom('a', ['a', 'ü']),
        issuer: fc.constantFrom('https://id.example', '"\\\n🔑'),
        subject: fc.constant('s'),
        jwtid: fc.constantFrom('j', () => '"j"'),
        noTimestamp: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const times = fc.constantFrom(NOW, NOW + 0.9, 1e8, 1e11 - 1, 1e11);
    const members = fc.oneof(fc.constant({}), registered);
    const seen = { signed: 0, rejected: 0 };
    fc.assert(
      fc.property(
        rest,
        members,
        fc.boolean(),
        options,
        times,
        (rest, own, isFirst, options, time) => {
          const payload = isFirst ? { ...own, ...rest } : { ...rest, ...own };
          const sign = createSigner(secret, { ...options, clock: () => time * 1000 });
          const expected = mergedJson(payload, options, Math.floor(time));
          seen[expected === undefined ? 'rejected' : 'signed']++;
          if (expected === undefined) expect(() => sign(payload)).toThrow(TypeError);
          else expect(partOf(sign(payload), 1)).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
    expect(Math.min(seen.signed, seen.rejected)).toBeGreaterThan(200);
  });

  test('calls the function jwtid for each token', () => {
    let count = 0;
    const sign = createSigner(secret, { jwtid: () => `id ${++count}` });
    expect([sign({}), sign({})].map((token) => payloadOf(token).jti)).toEqual(['id 1', 'id 2']);
  });

  test.each(['', 5, undefined, Promise.resolve('a')])('rejects a jti of %j', (id) => {
    const error = errorOf(() => createSigner(secret, { jwtid: () => id as never })({}));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^"jwtid" must return a non-empty string, got /);
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });

  test('reads Date.now at each call, and its clock once per call', () => {
    const sign = createSigner(secret);
    vi.spyOn(Date, 'now').mockReturnValue(9_999);
    expect(payloadOf(sign({})).iat).toBe(9);
    const watched = vi.fn(clock);
    createSigner(secret, { clock: watched, expiresIn: 1, notBefore: 1 })({});
    expect(watched).toHaveBeenCalledTimes(1);
  });

  test.each<[clock: () => unknown, type: string]>([
    [() => NOW, String(NOW)],
    [() => null, 'null'],
    [() => '', 'an empty string'],
    [() => Number.NEGATIVE_INFINITY, '-Infinity'],
    [() => Number.NaN, 'NaN'],
    [() => Number.POSITIVE_INFINITY, 'Infinity'],
  ])('rejects a clock that does not return milliseconds: %s', (wrong, type) => {
    const error = errorOf(() => createSigner(secret, { clock: wrong as never })({}));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(`"clock" must return milliseconds since 1970, got ${type}`);
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });

  test('accepts claims of the other types, and omits undefined', () => {
    const claims = { sub: '', aud: [], exp: 99_999_999_999, iat: 0, roles: [{ a: 1 }] };
    const token = createSigner(secret)({ ...claims, jti: undefined, iss: undefined });
    expect(payloadOf(token)).toEqual(claims);
  });

  test('signs an unsecured token with none and no key', () => {
    const token = createSigner(null, { algorithm: 'none', clock })({ a: 1 });
    expect(partOf(token, 0)).toBe('{"alg":"none","typ":"JWT"}');
    expect(token).toMatch(/\.$/);
  });

  test.each(algorithmKeys)('returns a promise with async: $alg', async (row) => {
    const sign = createSigner(row.signing(), { algorithm: row.alg, async: true, clock });
    const promise = sign({ sub: 'ada' });
    expect(promise).toBeInstanceOf(Promise);
    const verify = createVerifier(row.verifying(), { algorithms: [row.alg], clock });
    expect(verify(await promise)).toEqual({ sub: 'ada', iat: NOW });
  });

  const inSeconds = (claim: string) =>
    `"${claim}" must be a time in seconds, got milliseconds: divide by 1000`;
  const notPlain = 'payload must be a plain object, got';
  const toJson = 'payload must be a JSON object, but its toJSON returns another value';
  test.each<[payload: unknown, message: string, code: string]>([
    [undefined, `${notPlain} undefined`, 'ERR_PAYLOAD_INVALID'],
    [null, `${notPlain} null`, 'ERR_PAYLOAD_INVALID'],
    ['text', `${notPlain} a string`, 'ERR_PAYLOAD_INVALID'],
    [[], `${notPlain} an empty array`, 'ERR_PAYLOAD_INVALID'],
    [new Date(0), `${notPlain} an instance of a class`, 'ERR_PAYLOAD_INVALID'],
    [{ exp: '1' }, '"exp" should be a number of seconds', 'ERR_CLAIM_INVALID'],
    [{ iat: undefined }, '"iat" should be a number of seconds', 'ERR_CLAIM_INVALID'],
    [
      { iss: 'x' },
      'Bad "options.issuer" option. The payload already has an "iss" property.',
      'ERR_CLAIM_INVALID',
    ],
    [{ sub: 5 }, '"sub" must be a string, got type number', 'ERR_CLAIM_INVALID'],
    [{ jti: null }, '"jti" must be a string, got null', 'ERR_CLAIM_INVALID'],
    [{ sub: ['a'] }, '"sub" must be a string, got an array', 'ERR_CLAIM_INVALID'],
    [
      { aud: { a: 1 } },
      '"aud" must be a string or an array of these, got type object',
      'ERR_CLAIM_INVALID',
    ],
    [
      { aud: ['a', 5] },
      '"aud" must be a string or an array of these, got an array',
      'ERR_CLAIM_INVALID',
    ],
    [{ exp: 1e11 }, inSeconds('exp'), 'ERR_CLAIM_INVALID'],
    [{ nbf: NOW * 1000 }, inSeconds('nbf'), 'ERR_CLAIM_INVALID'],
    [{ iat: NOW * 1000 }, inSeconds('iat'), 'ERR_CLAIM_INVALID'],
    [{ toJSON: () => [] }, toJson, 'ERR_PAYLOAD_INVALID'],
    [{ toJSON: () => undefined }, toJson, 'ERR_PAYLOAD_INVALID'],
  ])('rejects the claims %j', (payload, message, code) => {
    const error = errorOf(() => createSigner(secret, { issuer: 'i' })(payload as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
  });
});
