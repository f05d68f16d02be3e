import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ExplainOptions,
  explain,
  explainClassic,
  explainUnverified,
  renderExplanation,
} from '../../src/explain/index.ts';
import {
  type GetPublicKeyOrSecret,
  JsonWebTokenError,
  KeySourceError,
  type StandardSchema,
} from '../../src/index.ts';
import { createLocalJwks, createRemoteJwks, exportJwk } from '../../src/jwk/index.ts';
import { ed25519, secret } from '../fixtures/keys.ts';
import { forge, NOW, tokenOf } from '../fixtures/tokens.ts';

const clock = () => NOW * 1000;
const schemaOf = (validate: StandardSchema['~standard']['validate']): StandardSchema => ({
  '~standard': { version: 1, vendor: 'test', validate },
});

/** Long enough to be in no text by chance. */
const value = fc.stringMatching(/^[g-z]{12,20}$/);
const claimName = fc.constantFrom('sub', 'jti', 'nonce', 'email', 'name', 'roles');

describe('redact: true', () => {
  it('leaves no value of a claim in any text', async () => {
    const nested = fc.oneof(
      value,
      fc.array(value, { minLength: 1 }),
      fc.record({ inner: value, list: fc.array(fc.record({ deep: value })) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(claimName, nested),
        value,
        fc.constantFrom('sub', 'iss', 'aud', 'exp'),
        value,
        fc.boolean(),
        async (claims, expected, odd, oddValue, isForged) => {
          const payload = { ...claims, [odd]: { odd: oddValue } };
          const header = { alg: 'HS256', email: oddValue };
          const token = forge(header, payload, isForged ? 'x'.repeat(32) : secret);
          const options: ExplainOptions = {
            clock,
            redact: true,
            subject: expected,
            jwtid: expected,
            nonce: expected,
            issuer: 'https://id.example',
            audience: 'api',
            requiredClaims: ['email'],
            schema: schemaOf((seen) => ({
              issues: [{ message: JSON.stringify(seen), path: ['roles', oddValue] }],
            })),
          };
          const source = () => {
            throw new JsonWebTokenError(`unknown user ${JSON.stringify(payload)}`);
          };
          const values = [...JSON.stringify(claims).matchAll(/[g-z]{12,20}/g)].map(([one]) => one);
          for (const explanation of [
            await explain(token, secret, options),
            await explain(token, source, options),
            await explainUnverified(token, options),
            await explainClassic(token, secret, {
              redact: true,
              subject: expected,
              nonce: expected,
            }),
          ]) {
            const texts = JSON.stringify(explanation) + renderExplanation(explanation);
            for (const one of [...values, expected, oddValue]) expect(texts).not.toContain(one);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps times, "iss" and "aud", and every name', async () => {
    const claims = { iss: 'me', aud: ['api'], exp: NOW + 1, nbf: 0, iat: 0, sub: 'ada', ok: true };
    const options = { clock, redact: true, audience: 'web', subject: 'bob' } as const;
    const explanation = await explain(tokenOf(claims), secret, options);
    expect(explanation.payload).toEqual({ ...claims, sub: '[redacted]', ok: '[redacted]' });
    expect(explanation.message).toBe('jwt audience invalid. expected: web');
    expect(explanation.checks.filter(({ status }) => status === 'failed')).toMatchObject([
      { check: 'aud', expected: ['web'], actual: ['api'] },
      {
        check: 'sub',
        expected: '[redacted]',
        actual: '[redacted]',
        message: 'jwt subject invalid. expected: [redacted]',
      },
    ]);
  });

  it('keeps the error, which JSON omits', async () => {
    const options = { redact: true, subject: 'bob' } as const;
    const explanation = await explain(tokenOf({ sub: 'ada' }), secret, options);
    expect(explanation.error).toMatchObject({ actual: 'ada' });
    expect(Object.keys(explanation)).not.toContain('error');
    expect(explanation.message).toBe('jwt subject invalid. expected: [redacted]');
  });

  it('keeps the parameters of JOSE, and replaces claims that are replicated in the header', async () => {
    const header = { alg: 'HS256', kid: 'k', typ: 'JWT', iss: 'me', sub: 'ada', exp: NOW };
    const { header: shown } = await explain(forge(header, {}), secret, { redact: true });
    expect(shown).toEqual({ ...header, sub: '[redacted]' });
  });

  it('replaces a payload without claims', async () => {
    const { payload } = await explainClassic(forge({ alg: 'HS256' }, 'ada'), secret, {
      redact: true,
    });
    expect(payload).toBe('[redacted]');
    expect((await explain('a.b.c', secret, { redact: true })).payload).toBeUndefined();
  });

  it('keeps the messages of the key sources of this library', async () => {
    const keys = [{ ...exportJwk(ed25519().publicKey), kid: 'k' }];
    const token = forge({ alg: 'EdDSA', kid: 'x' }, { sub: 'ada' });
    const local = await explain(token, createLocalJwks({ keys }), { redact: true });
    expect(local.message).toContain('the set has no such key');
    const fetch = async () => new Response('', { status: 503 });
    const remote = createRemoteJwks('https://id.example/jwks', { fetch });
    const failed = await explain(token, remote, { redact: true });
    expect(failed).toMatchObject({ outcome: 'failed', code: 'ERR_KEY_SOURCE' });
    expect(failed.message).toContain('status 503');
  });

  it('replaces what functions of the caller throw', async () => {
    const throwing = (error: unknown) => () => {
      throw error;
    };
    const token = tokenOf({ sub: 'ada' });
    const source = throwing(new KeySourceError('no key for ada'));
    expect((await explain(token, source, { redact: true })).message).toBe('[redacted]');
    const schema = schemaOf(throwing(new Error('ada is no admin')));
    expect((await explain(token, secret, { schema, redact: true })).message).toBe('[redacted]');
    const lookUp = throwing(new Error('no key for ada'));
    const classic = await explainClassic(token, lookUp, { redact: true });
    expect(classic.message).toBe('[redacted]');
    const withoutReturn: GetPublicKeyOrSecret = (_header, done) => {
      done(new Error('no key for ada'));
      done(null, secret);
    };
    const twice = await explainClassic(token, withoutReturn, { redact: true });
    expect(twice.message).toBe('[redacted]');
    const unknown = await explain(token, () => null, { redact: true });
    expect(unknown.message).toBe('no key was found for this token');
  });
});

describe('redact with a list', () => {
  it('replaces the claims that it names, and no others', async () => {
    const claims = { sub: 'ada', iss: 'https://dev.example', exp: NOW - 5, role: 'admin' };
    const options = { clock, issuer: 'https://id.example', maxAge: 60 } as const;
    const redact = ['iss', 'role', 'exp', 'iat'];
    const token = tokenOf({ ...claims, iat: NOW - 70 });
    const explanation = await explain(token, secret, { ...options, redact });
    const hidden = '[redacted]';
    expect(explanation.payload).toEqual({
      sub: 'ada',
      iss: hidden,
      exp: hidden,
      role: hidden,
      iat: hidden,
    });
    // Hints about the time and the host would show the values.
    expect(explanation.hints).toEqual([]);
    expect((await explain(token, secret, options)).hints).toHaveLength(3);
    expect(explanation.checks).toContainEqual(
      expect.objectContaining({ check: 'maxAge', actual: hidden }),
    );
    expect(explanation.checks).toContainEqual(
      expect.objectContaining({
        check: 'iss',
        message: 'jwt issuer invalid. expected: [redacted]',
      }),
    );
  });

  it('leaves a payload without claims as it is', async () => {
    const token = forge({ alg: 'HS256' }, 'ada');
    expect((await explainClassic(token, secret, { redact: ['sub'] })).payload).toBe('ada');
  });
});

describe('the option redact', () => {
  const token = tokenOf({ sub: 'ada' });

  it.each([undefined, null, 'sub', [], [''], [1], 1, {}])('rejects %j', async (redact) => {
    for (const call of [explain, explainClassic]) {
      await expect(call(token, secret, { redact } as never)).rejects.toThrow(
        /"redact" must be a boolean or a non-empty array of names of claims/,
      );
    }
    await expect(explainUnverified(token, { redact } as never)).rejects.toThrow(TypeError);
  });

  it('is off by default and with false', async () => {
    expect((await explain(token, secret)).payload).toEqual({ sub: 'ada' });
    expect((await explain(token, secret, { redact: false })).payload).toEqual({ sub: 'ada' });
  });

  it('leaves the other options as they are', async () => {
    const { code } = await explain(token, secret, { redact: true, issuer: 'me' });
    expect(code).toBe('ERR_CLAIM_MISSING');
    await expect(explain(token, secret, { redact: true, isuer: 'me' } as never)).rejects.toThrow(
      'did you mean "issuer"',
    );
    class Options {
      redact = true;
    }
    await expect(explain(token, secret, new Options() as never)).rejects.toThrow(TypeError);
    const classic = await explainClassic(token, secret, new Options() as never);
    expect(classic.payload).toEqual({ sub: '[redacted]' });
  });

  it('is not read from a prototype', async () => {
    const options = Object.create({ redact: true });
    await expect(explain(token, secret, options)).rejects.toThrow(TypeError);
    expect((await explainClassic(token, secret, options)).payload).toEqual({ sub: 'ada' });
  });
});
