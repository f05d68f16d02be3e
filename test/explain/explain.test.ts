import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, vi } from 'vitest';
import { explain, explainClassic, explainUnverified } from '../../src/explain/explain.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { createSigner, JsonWebTokenError, sign } from '../../src/index.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

const SECRET = 'a secret of more than thirty-two bytes';
const OTHER = 'another secret of at least thirty-two bytes';
const token = sign({ sub: 'ada', aud: 'web' }, SECRET, { expiresIn: -60 });

const withStatus = ({ checks }: Explanation, status: string) =>
  checks.filter((check) => check.status === status).map(({ check }) => check);
const rowOf = ({ checks }: Explanation, name: string) => checks.find(({ check }) => check === name);

describe('explain', () => {
  it('lists all failed claims, although the verifier stops at the first', async () => {
    const explanation = await explain(token, SECRET, {
      audience: ['api', /^x/],
      issuer: 'me',
      requiredClaims: ['scope'],
    });
    expect(withStatus(explanation, 'failed')).toEqual(['exp', 'aud', 'iss', 'required']);
    expect(withStatus(explanation, 'skipped')).toEqual([]);
    expect(explanation).toMatchObject({
      outcome: 'rejected',
      code: 'ERR_CLAIM_EXPIRED',
      message: 'jwt expired',
      claim: 'exp',
      verified: true,
      header: { alg: 'HS256' },
      payload: { sub: 'ada', aud: 'web' },
    });
    expect(rowOf(explanation, 'aud')).toEqual({
      check: 'aud',
      status: 'failed',
      expected: ['api', '/^x/'],
      actual: 'web',
      code: 'ERR_CLAIM_MISMATCH',
      message: 'jwt audience invalid. expected: api or /^x/',
      rfc: 'RFC 7519 §4.1.3',
    });
  });

  it('goes on after a wrong signature, and says that nothing is verified', async () => {
    const explanation = await explain(token, OTHER, { audience: 'api' });
    expect(withStatus(explanation, 'failed')).toEqual(['signature', 'exp', 'aud']);
    expect(explanation).toMatchObject({ code: 'ERR_SIGNATURE_INVALID', verified: false });
  });

  it('goes on after a wrong header, and checks the signature with a given key', async () => {
    const explanation = await explain(token, SECRET, { typ: 'at+jwt' });
    expect(withStatus(explanation, 'failed')).toEqual(['typ', 'exp']);
    expect(withStatus(explanation, 'skipped')).toEqual([]);
    expect(explanation).toMatchObject({ code: 'ERR_HEADER_TYP', verified: true });
    const forged = await explain(token, OTHER, { typ: 'at+jwt' });
    expect(withStatus(forged, 'failed')).toEqual(['typ', 'signature', 'exp']);
    expect(forged).toMatchObject({ code: 'ERR_HEADER_TYP', verified: false });
  });

  it('skips key and signature after a failed "alg"', async () => {
    const other = sign({ exp: 1 }, SECRET, { algorithm: 'HS384' });
    const explanation = await explain(other, SECRET, { typ: 'at+jwt' });
    expect(withStatus(explanation, 'failed')).toEqual(['typ', 'alg', 'exp']);
    expect(withStatus(explanation, 'skipped')).toEqual(['key', 'signature']);
  });

  it('skips the signature of an unsigned token', async () => {
    const unsigned = `${token.slice(0, token.lastIndexOf('.'))}.`;
    const explanation = await explain(unsigned, SECRET);
    expect(withStatus(explanation, 'failed')).toEqual(['signed', 'exp']);
    expect(withStatus(explanation, 'skipped')).toEqual(['key', 'signature']);
  });

  it('checks nothing of a token that cannot be parsed', async () => {
    const explanation = await explain('not a token', SECRET);
    expect(withStatus(explanation, 'failed')).toEqual(['token']);
    expect(withStatus(explanation, 'passed')).toEqual([]);
    expect(explanation).toMatchObject({ header: undefined, payload: undefined, verified: false });
  });

  it('stops at a payload that is not JSON', async () => {
    const text = createSigner(SECRET)({ sub: 'ada' });
    const [header = ''] = text.split('.');
    const damaged = `${header}.eA.${text.split('.')[2]}`;
    const explanation = await explain(damaged, SECRET);
    expect(withStatus(explanation, 'failed')).toEqual(['signature', 'payload']);
    expect(withStatus(explanation, 'skipped')).toEqual(['nbf', 'exp', 'iat']);
    expect(explanation.payload).toBeUndefined();
  });

  it('calls a key source once, with the token and the context', async () => {
    const source = vi.fn(({ header }: { header: { alg: string } }, context: unknown) =>
      header.alg === 'HS256' && context === 'tenant' ? OTHER : null,
    );
    const explanation = await explain(token, source, { audience: 'api' }, 'tenant');
    expect(withStatus(explanation, 'failed')).toEqual(['signature', 'exp', 'aud']);
    expect(source).toHaveBeenCalledOnce();
  });

  it.each([
    ['crit', sign({}, SECRET, { header: { alg: 'HS256', crit: ['x'] } }), {}],
    ['typ', token, { typ: 'at+jwt' }],
    ['kid', sign({}, SECRET, { keyid: 'a\nb' }), {}],
    ['alg', token, { algorithms: ['ES256' as const] }],
  ])('does not call a key source after a failed %s', async (check, text, options) => {
    const source = vi.fn(() => SECRET);
    const explanation = await explain(text, source, options);
    expect(source).not.toHaveBeenCalled();
    expect(withStatus(explanation, 'failed')[0]).toBe(check);
    expect(withStatus(explanation, 'skipped')).toEqual(['key', 'signature']);
  });

  it('has the outcome "failed" if the key source fails', async () => {
    const cause = new Error('the database is down');
    const explanation = await explain(token, () => Promise.reject(cause), { audience: 'api' });
    expect(explanation).toMatchObject({ outcome: 'failed', code: 'ERR_KEY_SOURCE' });
    expect(explanation.error?.cause).toBe(cause);
    expect(withStatus(explanation, 'failed')).toEqual(['key', 'exp', 'aud']);
    expect(withStatus(explanation, 'skipped')).toEqual(['signature']);
  });

  it('reads the clock once, also for a token that is rejected before', async () => {
    const clock = vi.fn(() => 1_700_000_000_000);
    expect((await explain(token, SECRET, { clock })).at).toBe(1_700_000_000);
    expect((await explain('not a token', SECRET, { clock })).at).toBe(1_700_000_000);
    expect(clock).toHaveBeenCalledTimes(2);
  });

  it('has no message of a polluted Object.prototype', async () => {
    const polluted: object = { message: 'polluted', claim: 'sub', code: 'ERR_OPTION_INVALID' };
    Object.assign(Object.prototype, polluted);
    try {
      const { outcome, code, message, claim, checks } = await explain(
        sign({ sub: 'ada' }, SECRET),
        SECRET,
      );
      expect({ outcome, code, message, claim }).toEqual({ outcome: 'accepted' });
      expect(checks.filter((check) => Object.hasOwn(check, 'message'))).toEqual([]);
    } finally {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
    }
  });

  it('hides the error from JSON', async () => {
    const explanation = await explain(token, SECRET);
    expect(explanation.error).toBeInstanceOf(JsonWebTokenError);
    expect(Object.keys(explanation)).not.toContain('error');
    expect(JSON.stringify(explanation)).not.toContain(token.split('.')[2]);
  });

  it.each([
    ['an unset secret', undefined, {}, 'ERR_KEY_MISSING'],
    ['an empty secret', '', {}, 'ERR_KEY_MISSING'],
    ['a short secret', 'short', {}, 'ERR_KEY_WEAK'],
    ['a misspelt option', SECRET, { audiense: 'api' }, 'ERR_OPTION_INVALID'],
    ['a wrong clock', SECRET, { clock: () => Number.NaN }, 'ERR_OPTION_INVALID'],
  ])('rejects with the error of createVerifier for %s', async (_, key, options, code) => {
    const error = await rejectionOf(explain('not a token', key as string, options as object));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.code).toBe(code);
  });
});

describe('the schema', () => {
  const schemaOf = (validate: (claims: unknown) => unknown) => ({
    '~standard': { version: 1 as const, vendor: 'test', validate: vi.fn(validate) as never },
  });
  const issues = () => ({ issues: [{ message: 'no', path: ['sub'] }] });

  it('also runs after a failed claim of a verified token', async () => {
    const schema = schemaOf(issues);
    const explanation = await explain(token, SECRET, { schema });
    expect(withStatus(explanation, 'failed')).toEqual(['exp', 'schema']);
    expect(rowOf(explanation, 'schema')).toMatchObject({ code: 'ERR_CLAIM_SCHEMA' });
    expect(schema['~standard'].validate).toHaveBeenCalledOnce();
  });

  it('never runs on claims that are not verified', async () => {
    const schema = schemaOf(issues);
    const explanation = await explain(token, OTHER, { schema });
    expect(withStatus(explanation, 'skipped')).toEqual(['schema']);
    expect(schema['~standard'].validate).not.toHaveBeenCalled();
  });

  it('runs once if it is the check that fails', async () => {
    const schema = schemaOf(issues);
    const valid = sign({ sub: 'ada' }, SECRET);
    const explanation = await explain(valid, SECRET, { schema });
    expect(withStatus(explanation, 'failed')).toEqual(['schema']);
    expect(schema['~standard'].validate).toHaveBeenCalledOnce();
  });

  it('shows what a schema threw after a failed claim', async () => {
    const schema = schemaOf(() => {
      throw new RangeError('too long');
    });
    const explanation = await explain(token, SECRET, { schema });
    expect(rowOf(explanation, 'schema')).toMatchObject({ status: 'failed', message: 'too long' });
  });

  it.each([null, undefined, 'no'])('fails with what is no error, such as %j', async (thrown) => {
    const schema = schemaOf(() => {
      throw thrown;
    });
    for (const text of [token, sign({ sub: 'ada' }, SECRET)]) {
      const explanation = await explain(text, SECRET, { schema });
      expect(explanation.outcome).not.toBe('accepted');
      expect(rowOf(explanation, 'schema')).toMatchObject({ status: 'failed' });
    }
  });
});

describe('explainClassic', () => {
  it('follows the rules of verify', async () => {
    const text = sign('a string', SECRET);
    expect(await explainClassic(text, SECRET)).toMatchObject({
      outcome: 'accepted',
      verified: true,
      payload: 'a string',
    });
    expect(await explain(text, SECRET)).toMatchObject({ code: 'ERR_PAYLOAD_INVALID' });
  });

  it('calls a key function once, and shows its error', async () => {
    const getKey = vi.fn((_: unknown, done: (error: Error) => void) => done(new Error('down')));
    const explanation = await explainClassic(token, getKey);
    expect(getKey).toHaveBeenCalledOnce();
    expect(explanation.message).toBe('error in secret or public key callback: down');
    expect(withStatus(explanation, 'failed')).toEqual(['key', 'exp']);
  });

  it.each([
    ['no key', undefined, {}, 'secret or public key must be provided'],
    ['a wrong option', SECRET, { audience: 5 }, '"audience" must be a string, RegExp or array'],
  ])('rejects with the error of verify for %s', async (_, key, options, message) => {
    const promise = explainClassic(token, key as string, options as object);
    expect((await rejectionOf(promise)).message).toBe(message);
  });
});

describe('explainUnverified', () => {
  it('checks the claims, but never accepts a token', async () => {
    const explanation = await explainUnverified(token, { audience: 'web' });
    expect(withStatus(explanation, 'skipped')).toEqual(['key', 'signature']);
    expect(withStatus(explanation, 'failed')).toEqual(['exp']);
    expect(explanation).toMatchObject({
      outcome: 'failed',
      code: undefined,
      error: undefined,
      message: 'no key was passed: the signature is not verified',
      verified: false,
    });
  });

  it('rejects a token that no key could help', async () => {
    const explanation = await explainUnverified(token, { typ: 'at+jwt' });
    expect(explanation).toMatchObject({ outcome: 'rejected', code: 'ERR_HEADER_TYP' });
    expect(await explainUnverified('x')).toMatchObject({ code: 'ERR_TOKEN_MALFORMED' });
  });
});

describe('the events of an explanation', () => {
  it.each([
    ['an accepted token', sign({}, SECRET), SECRET, ['jotkit:verified']],
    ['an expired token', token, SECRET, ['jotkit:rejected']],
    ['a forged token', sign({}, OTHER), SECRET, ['jotkit:rejected']],
    ['a token without a key', token, undefined, []],
  ])('are those of one verification: %s', async (_, text, key, expected) => {
    const published: unknown[] = [];
    const listen = (_message: unknown, name: string | symbol) => published.push(name);
    const channels = ['jotkit:verified', 'jotkit:rejected'];
    for (const name of channels) subscribe(name, listen);
    await (key === undefined ? explainUnverified(text) : explain(text, key));
    for (const name of channels) unsubscribe(name, listen);
    expect(published).toEqual(expected);
  });
});
