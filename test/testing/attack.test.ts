/** What an attack accepts as target, fixtures and options, and what it reports. */

import { describe, expect, it } from 'vitest';
import { createVerifier, decode } from '../../src/index.ts';
import { discover } from '../../src/jwk/index.ts';
import {
  AttackError,
  type AttackOptions,
  attack,
  createTestIssuer,
  type SigningFixtures,
} from '../../src/testing/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { audience, genuine, issuer } from './fixtures.ts';

const { fixtures, verifying } = genuine.HS256;
const expected = { issuer, audience };
const verify = createVerifier(verifying, expected);

const usage = (message: RegExp) =>
  expect.objectContaining({
    name: 'TypeError',
    code: expect.stringMatching(/^ERR_(OPTION|KEY)_/),
    message: expect.stringMatching(message),
  });

/** A verifier that reports rejections in another way. */
const reporting = (reject: (error: unknown) => unknown) => (token: string) => {
  try {
    return verify(token);
  } catch (error) {
    return reject(error);
  }
};

const revokedProxy = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('a function', () => {
  it.each([
    ['throws', verify],
    ['rejects', async (token: string) => verify(token)],
    ['returns false', reporting(() => false)],
    ['returns null', reporting(() => null)],
    ['returns undefined', reporting(() => undefined)],
    ['resolves to null', reporting(async () => null)],
    ['throws a string', reporting((error) => Promise.reject(String(error)))],
  ])('that %s rejects a token', async (_, target) => {
    const report = await attack(target, fixtures);
    expect(report.ok).toBe(true);
    expect(report.holes).toEqual([]);
    report.assert();
  });

  it('that returns its rejections makes the report inconclusive', async () => {
    const report = await attack(
      reporting((error) => ({ error })),
      fixtures,
    );
    expect(report.inconclusive).toMatch(/accepts "not a token"/);
    expect(report.ok).toBe(false);
  });

  it('that only decodes has a hole in each class of forgeries', async () => {
    const report = await attack((token) => decode(token), fixtures, { failOn: 'hole' });
    const classes = new Set(report.holes.map(({ id }) => id.split('/')[0]));
    expect([...classes].sort()).toEqual(
      ['claims', 'header-key', 'kid', 'signature', 'unsigned', 'weak-secret'].sort(),
    );
    expect(report.inconclusive).toBeUndefined();
    expect(report.ok).toBe(false);
  });

  it('that never settles makes the report inconclusive after five timeouts', async () => {
    const hanging = (token: string) => {
      try {
        return verify(token);
      } catch {
        return token.includes('.') ? new Promise(() => {}) : null;
      }
    };
    const report = await attack(hanging, fixtures, { timeout: 0.01 });
    expect(report.inconclusive).toBe('the target did not respond to 5 tokens in time');
    expect(report.notes).toHaveLength(5);
    expect(report.notes[0]).toMatchObject({ reference: 'CWE-400', outcome: 'no result in time' });
    expect(report.skipped.length).toBeGreaterThan(100);
  });

  it('that is slow is noted', async () => {
    const slow = async (token: string) => {
      if (token.includes('..')) await new Promise((resolve) => setTimeout(resolve, 1100));
      return verify(token);
    };
    const { notes } = await attack(slow, fixtures, { only: 'jwe/empty-parts' });
    expect(notes[0]?.outcome).toMatch(/^rejected: jwt malformed, after \d{4} ms$/);
  });

  it('that rejects the genuine token makes the report inconclusive, and says why', async () => {
    const other = createVerifier(verifying, { issuer, audience: 'other' });
    const report = await attack(other, fixtures);
    expect(report.inconclusive).toMatch(/call 1: rejected: jwt audience invalid/);
    expect(report.holes).toEqual([]);
    expect(() => report.assert()).toThrow(AttackError);
  });

  it.each<[string, () => unknown]>([
    ['without a prototype', () => Object.create(null)],
    ['whose message is a symbol', () => Object.assign(new Error(), { message: Symbol('x') })],
    ['that is a revoked proxy', () => revokedProxy()],
  ])('can throw a value %s', async (_, create) => {
    const target = reporting(() => Promise.reject(create()));
    expect(await attack(target, fixtures, { only: 'unsigned' })).toMatchObject({ ok: true });
    const report = await attack(() => Promise.reject(create()), fixtures, { only: 'unsigned' });
    expect(report.inconclusive).toMatch(/call 1: rejected: /);
  });

  it('that quotes the token in its error shows none in the report', async () => {
    let genuineToken = '';
    const target = (token: string) => {
      genuineToken ||= token;
      throw new Error(`no key for ${token}`);
    };
    const report = await attack(target, fixtures, { only: 'unsigned' });
    expect(report.inconclusive).toMatch(/call 1: rejected: no key for \[token\]$/);
    expect(JSON.stringify(report) + report).not.toContain(genuineToken);
  });

  it('that is slow and trusts each signature it has seen has a hole', async () => {
    const { fixtures: signing, verifying: key } = genuine.ES256;
    let time = Date.UTC(2030, 0, 1);
    const clock = () => time;
    const check = createVerifier(key, { ...expected, clock });
    const seen = new Set<string>();
    const target = (token: string) => {
      time += 60; // milliseconds for each token
      const [, , signature = ''] = token.split('.');
      if (seen.has(signature)) return decode(token);
      const claims = check(token);
      seen.add(signature);
      return claims;
    };
    const report = await attack(target, { ...signing, clock });
    expect(report.inconclusive).toBeUndefined();
    expect(report.holes.map(({ id }) => id)).toContain('signature/payload-changed');
  });

  it.each<[string, () => (token: string) => unknown]>([
    [
      'stores the token of the last call',
      () => {
        let last = '';
        return async (token) => {
          last = token;
          await Promise.resolve();
          return verify(last) && decode(token);
        };
      },
    ],
    [
      'shares pending results by "sub"',
      () => {
        const pending = new Map<unknown, Promise<unknown>>();
        return (token) => {
          const sub = (decode(token) as { sub?: unknown } | null)?.sub;
          const result = pending.get(sub) ?? Promise.resolve(token).then(verify);
          pending.set(sub, result);
          return result.finally(() => pending.delete(sub));
        };
      },
    ],
  ])('that %s has a hole under load', async (_, create) => {
    const report = await attack(create(), fixtures);
    expect(report.holes.map(({ id }) => id)).toEqual(['signature/amid-genuine']);
    expect(report.inconclusive).toBeUndefined();
  });

  it('that stops accepting the genuine token makes the report inconclusive', async () => {
    let calls = 0;
    const report = await attack((token: string) => calls++ < 100 && verify(token), fixtures);
    expect(report.inconclusive).toBe(
      'after the attack, the genuine token must be accepted 4 times in a row; call 1: rejected: false',
    );
  });
});

describe('fixtures', () => {
  it('of a token skip the cases that must sign', async () => {
    const { publicKey, privateKey } = rsa();
    const signing: SigningFixtures = { ...genuine.RS256.fixtures, key: privateKey };
    const check = createVerifier(publicKey, expected);
    let token = '';
    await attack(
      (text) => {
        token ||= text;
        return check(text);
      },
      signing,
      { only: 'kid/sql' },
    );
    const report = await attack(check, { token, publicKey });
    expect(report).toMatchObject({ ok: true, holes: [], faults: [] });
    expect(report.cases).toBeGreaterThan(150);
    expect(report.skipped.map(({ id }) => id)).toContain('claims/exp-past');
    expect(new Set(report.skipped.map(({ reason }) => reason))).toEqual(
      new Set(['the fixtures have no key to sign with']),
    );
  });

  it('of a token with a MAC need no public key', async () => {
    let token = '';
    await attack(
      (text) => {
        token ||= text;
        return verify(text);
      },
      fixtures,
      { only: 'kid/sql' },
    );
    expect(await attack(verify, { token })).toMatchObject({ ok: true, inconclusive: undefined });
  });

  it('have a clock for a target with another time', async () => {
    const clock = () => Date.UTC(2100, 0, 1);
    const check = createVerifier(verifying, { ...expected, clock });
    expect((await attack(check, fixtures)).inconclusive).toMatch(/call 1/);
    expect(await attack(check, { ...fixtures, clock })).toMatchObject({ ok: true });
  });

  it.each(['RS256', 'ES256'] as const)(
    'can be a test issuer that signs with %s',
    async (algorithm) => {
      await using testIssuer = await createTestIssuer({ audience, algorithm });
      await testIssuer.rotate();
      testIssuer.advance('3d');
      const { fetch, now: clock } = testIssuer;
      const { jwks } = await discover(testIssuer.issuer, { fetch, clock });
      const check = createVerifier(jwks, { issuer: testIssuer.issuer, audience, clock });
      const report = await attack(check, testIssuer);
      expect(report).toMatchObject({ ok: true, holes: [], faults: [], inconclusive: undefined });
      expect(report.skipped).toEqual([]);
    },
  );

  it('without iss and aud skip the cases about these', async () => {
    const check = createVerifier(verifying);
    const report = await attack(check, { key: secret, algorithm: 'HS256', claims: {} });
    expect(report.ok).toBe(true);
    expect(new Set(report.skipped.map(({ reason }) => reason))).toEqual(
      new Set([
        'the claims of the fixtures have no "iss"',
        'the claims of the fixtures have no "aud"',
      ]),
    );
  });

  it('with a list as aud use its first member', async () => {
    const claims = { ...fixtures.claims, aud: [audience, 'other'] };
    expect((await attack(verify, { ...fixtures, claims })).ok).toBe(true);
  });

  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /^fixtures must be \{ key, algorithm, claims \}/],
    ['an empty object', {}, /^fixtures must have "key"$/],
    ['no algorithm', { key: secret, claims: {} }, /must have "algorithm"/],
    ['no claims', { key: secret, algorithm: 'HS256' }, /must have "claims"/],
    ['an unknown member', { ...fixtures, alg: 'HS256' }, /"alg" is not an option/],
    ['claims that are text', { ...fixtures, claims: 'sub' }, /"claims" must be an object/],
    ['a header with alg', { ...fixtures, header: { alg: 'HS256' } }, /"header" must be .* without/],
    ['the algorithm none', { ...fixtures, algorithm: 'none' }, /"algorithm" of a signed token/],
    [
      'a key of another type',
      { ...fixtures, algorithm: 'RS256' },
      /"key" of fixtures must be an asym/,
    ],
    ['a public key to sign', { ...genuine.RS256.fixtures, key: rsa().publicKey }, /asymmetric key/],
    ['an empty key', { ...fixtures, key: '' }, /"key" of fixtures must have a value/],
    [
      'a token that is none',
      { token: 'x' },
      /^fixtures must have a genuine "token": jwt malformed$/,
    ],
    ['an unsigned token', { token: 'eyJhbGciOiJub25lIn0.e30.' }, /signed under a known algorithm/],
    [
      'a token without its public key',
      { token: 'eyJhbGciOiJSUzI1NiJ9.e30.eA' },
      /must have "publicKey" with a token of RS256/,
    ],
    [
      'a secret as public key',
      { token: 'eyJhbGciOiJSUzI1NiJ9.e30.eA', publicKey: secret },
      /must have a public key as "publicKey", got a secret/,
    ],
  ])('with %s are a TypeError', async (_, wrong, message) => {
    await expect(attack(verify, wrong as never)).rejects.toEqual(usage(message));
  });

  it('of every algorithm have cases of every class', async () => {
    for (const { fixtures: each, verifying: key } of Object.values(genuine)) {
      const ids: string[] = [];
      const options = { ...expected, algorithms: [each.algorithm] };
      const report = await attack(createVerifier(key, options), each, { failOn: 'note' });
      ids.push(...report.notes.map(({ id }) => id));
      expect(report.reproduce('unsigned/none').split('.')).toHaveLength(3);
      expect(report.ok).toBe(ids.length === 0);
    }
  });
});

describe('options', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown one', { failsOn: 'hole' }, /did you mean "failOn"/],
    ['a level that does not exist', { failOn: 'holes' }, /did you mean hole/],
    ['a timeout without unit', { timeout: '5' }, /"timeout" must be/],
    ['a timeout of 0', { timeout: 0 }, /"timeout" must be .* above 0/],
    ['a route with a host', { route: '//example.com/' }, /"route" must be a path/],
    ['a route with a backslash', { route: '/\\example.com/' }, /"route" must be a path/],
    ['a route without slash', { route: 'me' }, /"route" must be a path/],
    ['a method that does not exist', { method: 'get' }, /"method" must be one of/],
    ['an empty only', { only: [] }, /"only" must be/],
    [
      'a class that does not exist',
      { only: 'claim' },
      /no case has the name "claim": did you mean "claims"/,
    ],
    ['an id that does not exist', { skip: ['claims/exp-pas'] }, /did you mean "claims\/exp-past"/],
    ['a name like no other', { skip: 'zzzzzzzz' }, /expected one of unsigned, confusion/],
    ['a route for a function', { route: '/me' }, /"route" is for applications/],
    ['a method for a function', { method: 'POST' }, /"method" is for applications/],
    ['a cookie for a function', { cookie: 'session' }, /"cookie" is for applications/],
    ['a header for a function', { header: 'x-at' }, /"header" is for applications/],
    ['a cookie and a header', { cookie: 'a', header: 'b' }, /exclude each other/],
    ['a cookie with a value', { cookie: 'a=b' }, /"cookie" must be a name/],
    ['a header with a line break', { header: 'a\r\nb' }, /"header" must be a name/],
  ])('with %s are a TypeError', async (_, options, message) => {
    const target = (token: string) => verify(token);
    await expect(attack(target, fixtures, options)).rejects.toEqual(usage(message));
  });

  it('choose classes and cases', async () => {
    const sent: string[] = [];
    const run = async (options: AttackOptions) => {
      sent.length = 0;
      const report = await attack((token) => sent.push(token) && verify(token), fixtures, options);
      return report.cases;
    };
    expect(await run({ only: 'claims/exp-past' })).toBe(1);
    // Four controls and a text that is no token, before and after.
    expect(sent).toHaveLength(11);
    const all = await run({});
    const unsigned = await run({ only: ['unsigned'] });
    expect(await run({ skip: ['unsigned', 'claims/exp-past'] })).toBe(all - unsigned - 1);
    expect(await run({ only: 'unsigned', skip: 'unsigned/none' })).toBe(unsigned - 1);
  });

  it('that leave no case make the report inconclusive', async () => {
    const report = await attack(verify, fixtures, { only: 'crit', skip: 'crit' });
    expect(report).toMatchObject({ ok: false, cases: 0, inconclusive: 'no case ran' });
    const { fixtures: signed, verifying: key } = genuine.HS256;
    const confusion = await attack(createVerifier(key, expected), signed, { only: 'confusion' });
    expect(confusion).toMatchObject({ ok: false, inconclusive: 'no case ran' });
  });

  it('decide from which level on a report is not ok', async () => {
    const check = createVerifier(ec().publicKey, expected);
    const run = (failOn: 'hole' | 'fault' | 'note', only: string) =>
      attack((token) => check(token.replace(/=$/, '')), genuine.ES256.fixtures, { failOn, only });
    expect((await run('hole', 'text/signature-padded')).ok).toBe(true);
    expect((await run('fault', 'text/signature-padded')).ok).toBe(false);
    expect((await run('fault', 'claims/exp-absent')).ok).toBe(true);
    expect((await run('note', 'claims/exp-absent')).ok).toBe(false);
  });
});

describe('a report', () => {
  const lenient = createVerifier(verifying, { issuer, audience, ignoreExpiration: true });

  it('lists what was found, and assert throws it', async () => {
    const report = await attack(lenient, fixtures, { only: ['claims'] });
    const [first] = report.holes;
    expect(first).toEqual({
      id: 'claims/exp-past',
      title: 'expired one day ago',
      level: 'hole',
      reference: 'RFC 7519 §4.1.4',
      outcome: 'accepted',
    });
    const text = report.toString();
    expect(text).toMatch(
      /^attack: \d+ holes, 0 faults, \d notes in \d\d cases\n\nhole {2}claims\/exp-past {2}expired/,
    );
    expect(String(report)).toBe(text);
    expect(() => report.assert()).toThrow(new AttackError(text, report));
    try {
      report.assert();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      expect(error).toMatchObject({ name: 'AttackError', report });
    }
  });

  it('is JSON without its methods', async () => {
    const report = await attack(verify, fixtures, { only: 'crit/unknown' });
    expect(JSON.parse(JSON.stringify(report))).toEqual({
      ok: true,
      cases: 1,
      holes: [],
      faults: [],
      notes: [],
      skipped: [],
    });
  });

  it('counts one of a kind without an s, and names the reasons of skipped cases once', async () => {
    const check = createVerifier(verifying, { ignoreExpiration: true });
    const report = await attack(
      check,
      { key: secret, algorithm: 'HS256', claims: {} },
      { only: ['claims/exp-past', 'claims/iss-absent', 'claims/iss-other'] },
    );
    expect(String(report).split('\n')).toEqual([
      'attack: 1 hole, 0 faults, 0 notes in 1 cases',
      '',
      'hole  claims/exp-past  expired one day ago: accepted (RFC 7519 §4.1.4)',
      '',
      'skipped 2: the claims of the fixtures have no "iss"',
    ]);
  });

  it('reproduces the token of a case, forged anew', async () => {
    const report = await attack(lenient, fixtures, { only: ['claims', 'crit/cnf'] });
    const token = report.reproduce('claims/exp-past');
    expect(lenient(token)).toMatchObject({ sub: 'ada' });
    expect(() => verify(token)).toThrow('jwt expired');
    expect(() => report.reproduce('crit/unknown')).toThrow(/no case of this attack has the id/);
    const bare = await attack(createVerifier(verifying), { ...fixtures, claims: {} });
    expect(() => bare.reproduce('claims/iss-absent')).toThrow(/was skipped: the claims/);
  });

  it('escapes what a terminal would obey', async () => {
    const hostile = (_: string) => {
      throw new Error('\u001b[2J\u202e\u200b\nx'.repeat(100));
    };
    const report = await attack(hostile, fixtures, { only: 'unsigned/none' });
    const text = String(report);
    expect(text).toContain('\\u001b[2J\\u202e\\u200b\\u000ax');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(text.length).toBeLessThan(3000);
  });

  it('is the same if Object.prototype is polluted', async () => {
    const polluted = {
      route: '/',
      only: 'crit',
      request: () => ({}),
      bait: '/',
      clock: () => 0,
      query: 'x',
      token: 'x',
      failOn: 'note',
    };
    const before = String(await attack(verify, fixtures));
    for (const [name, value] of Object.entries(polluted)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    }
    try {
      expect(String(await attack(verify, fixtures))).toBe(before);
    } finally {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});
