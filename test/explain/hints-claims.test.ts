import { describe, expect, it, test } from 'vitest';
import { Fault } from '../../src/core/token/fault.ts';
import { type ParsedToken, parseToken } from '../../src/core/token/token.ts';
import { verifierPlan } from '../../src/core/verify/create-verifier.ts';
import { findClaimHints } from '../../src/explain/hints-claims.ts';
import { explain, explainClassic, type Hint } from '../../src/explain/index.ts';
import type { Observation, Verification } from '../../src/explain/watch-engine.ts';
import type { VerifierOptions } from '../../src/index.ts';
import { expectLinear } from '../fixtures/growth.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

async function hintsFor(claims: object, options: VerifierOptions = {}): Promise<readonly Hint[]> {
  const { hints } = await explain(tokenOf(claims), secret, { clock: () => NOW * 1000, ...options });
  return hints;
}

const namesFor = async (claims: object, options?: VerifierOptions) =>
  (await hintsFor(claims, options)).map(({ hint, check }) => `${hint} ${check}`);

describe('the hint clock', () => {
  it.each([
    ['exp', { exp: NOW }, '0 seconds ago', 1],
    ['exp', { exp: NOW - 1 }, '1 second ago', 2],
    ['exp', { exp: NOW - 300 }, '300 seconds ago', 301],
    ['exp', { exp: NOW - 0.5 }, '0 seconds ago', 1],
    ['nbf', { nbf: NOW + 1 }, 'in 1 second', 1],
    ['nbf', { nbf: NOW + 299.5 }, 'in 300 seconds', 300],
    ['maxAge', { iat: NOW + 40 }, 'in 40 seconds', 40],
    ['maxAge', { iat: NOW - 3610 }, '10 seconds ago', 11],
  ])(
    'says by how many seconds %s is missed, and the tolerance that accepts it: %j',
    async (check, claims, when, seconds) => {
      const hints = await hintsFor(claims, { maxAge: 'iat' in claims ? '1h' : false });
      expect(hints).toMatchObject([{ hint: 'clock', check }]);
      expect(hints[0]?.text).toContain(when);
      expect(hints[0]?.text).toContain(`"clockTolerance" to ${seconds} seconds`);
      const explanation = await explain(tokenOf(claims), secret, {
        clock: () => NOW * 1000,
        maxAge: 'iat' in claims ? '1h' : false,
        clockTolerance: seconds,
      });
      expect(explanation.outcome).toBe('accepted');
    },
  );

  it.each([
    ['a token that is more than 5 minutes late', { exp: NOW - 301 }],
    ['a token that is more than 5 minutes early', { nbf: NOW + 301 }],
    ['a token of another time', { iat: NOW + 301 }],
    ['a valid token', { exp: NOW + 1, nbf: NOW, iat: NOW }],
    ['a time that is no number', { exp: String(NOW - 1) }],
    ['a time that is no number for maxAge', { iat: String(NOW) }],
  ])('is absent for %s', async (_, claims) => {
    expect(await namesFor(claims, { maxAge: 'iat' in claims ? '1h' : false })).toEqual([]);
  });

  it('is shown for a token whose signature is not valid', async () => {
    const token = tokenOf({ exp: NOW - 5 }, {}, 'x'.repeat(32));
    const { hints } = await explain(token, secret, { clock: () => NOW * 1000 });
    expect(hints).toMatchObject([{ hint: 'clock', check: 'exp' }]);
  });
});

describe('the hint milliseconds', () => {
  it('is shown for times above 10 to the power of 11, also if the check passed', async () => {
    expect(await namesFor({ exp: NOW * 1000 })).toEqual(['milliseconds exp']);
    expect(await namesFor({ nbf: NOW * 1000 })).toEqual(['milliseconds nbf']);
    expect(await namesFor({ iat: NOW * 1000 })).toEqual(['milliseconds iat']);
  });

  it('is absent for seconds, and for what is no time', async () => {
    expect(await namesFor({ exp: 1e11, iat: NOW, nbf: NOW })).toEqual([]);
    expect(await namesFor({ exp: String(NOW * 1000) })).toEqual([]);
    expect(await namesFor({ updated_at: NOW * 1000 })).toEqual([]);
  });

  it('is about maxAge for verify, which checks "iat" only there', async () => {
    const token = tokenOf({ iat: NOW * 1000 });
    const namesOf = async (options: object) =>
      (await explainClassic(token, secret, options)).hints.map(({ check }) => check);
    expect(await namesOf({ maxAge: 60 })).toEqual(['maxAge']);
    expect(await namesOf({})).toEqual([]);
  });
});

describe('the hint near', () => {
  const issuer = 'https://id.example/';

  it.each([
    ['iss', { iss: 'https://id.example' }, { issuer }, 'a trailing slash'],
    ['iss', { iss: 'https://ID.example/' }, { issuer }, 'case'],
    ['iss', { iss: 'HTTPS://ID.example' }, { issuer }, 'a trailing slash and case'],
    ['iss', { iss: ` ${issuer}` }, { issuer }, 'white space'],
    ['iss', { iss: 'id.example/' }, { issuer }, 'the scheme'],
    ['iss', { iss: [issuer] }, { issuer }, '"iss" is an array'],
    ['iss', { iss: `${issuer} x` }, { issuer }, '"iss" is one string that holds a list'],
    ['aud', { aud: 'API' }, { audience: ['web', 'api'] }, 'case'],
    ['aud', { aud: ['x', 'api/'] }, { audience: 'api' }, 'a trailing slash'],
    ['aud', { aud: 'api web' }, { audience: 'api' }, '"aud" is one string that holds a list'],
    ['aud', { aud: '["api"]' }, { audience: 'api' }, '"aud" is one string that holds a list'],
    ['aud', { aud: ['api', 1] }, { audience: 'api' }, 'items that are not strings'],
    ['aud', { aud: 'api' }, { audience: 'api,web' }, '"audience" is one string'],
  ])('says in what "%s" differs: %j', async (check, claims, options, text) => {
    const hints = await hintsFor(claims, options);
    expect(hints).toMatchObject([{ hint: 'near', check }]);
    expect(hints[0]?.text).toContain(text);
  });

  it.each([
    [{ aud: 'web' }, { audience: 'api' }],
    [{ aud: 'ap' }, { audience: 'api' }],
    [{ aud: '' }, { audience: '/' }],
    [{ aud: [] }, { audience: 'api' }],
    [{}, { audience: 'api', issuer: 'me' }],
    [{ iss: 'you' }, { issuer: 'me' }],
    [{ iss: 5 }, { issuer: 'me' }],
    [{ aud: 'api' }, { audience: 'api' }],
    [{ aud: 'web' }, { audience: /^API$/i }],
  ])('is absent for %j and %j', async (claims, options) => {
    expect(await namesFor(claims, options)).toEqual([]);
  });
});

test('the hint near compares each value once, and not with each expected one', () => {
  expectLinear(
    (n) => {
      const list = (name: string) => Array.from({ length: n }, (_, i) => `${name}/${i}`);
      const { plan } = verifierPlan(secret, { audience: list('api'), maxTokenLength: 1e6 });
      const token = tokenOf({ aud: list('web') });
      const parsed = parseToken(token, 1e6) as ParsedToken;
      const results = new Map([['aud', new Fault('ERR_CLAIM_MISMATCH', 'no', 'aud')]] as const);
      const observation = { parsed, results, now: NOW };
      return [{ plan } as Verification, observation as unknown as Observation] as const;
    },
    (input) => findClaimHints(...input),
    200,
  );
});

describe('the hint other-issuer', () => {
  it('names both hosts', async () => {
    const claims = { iss: 'https://dev.id.example/realm' };
    const [hint, ...others] = await hintsFor(claims, { issuer: 'https://id.example/realm' });
    expect(others).toEqual([]);
    expect(hint).toMatchObject({ hint: 'other-issuer', check: 'iss' });
    expect(hint?.text).toContain('"dev.id.example"');
    expect(hint?.text).toContain('"id.example"');
  });

  it.each([
    ['https://id.example/other', ['https://id.example/realm']],
    ['https://b.example', ['https://a.example', 'https://b.example/x']],
    ['dev', ['https://id.example']],
    ['https://id.example', ['me']],
  ])('is absent for %s and %j', async (iss, issuer) => {
    expect(await namesFor({ iss }, { issuer })).toEqual([]);
  });

  it('escapes what a terminal obeys', async () => {
    const [hint] = await hintsFor(
      { iss: 'API\u202e\u001b[31m' },
      { issuer: 'api\u202e\u001b[31m' },
    );
    expect(hint?.text).toContain('"api\\u202e\\u001b[31m"');
  });
});
