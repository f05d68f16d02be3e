import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NOW, payloadOf } from '../fixtures/tokens.ts';

let jotkit: typeof import('../../src/index.ts');
const emitWarning = vi.spyOn(process, 'emitWarning');

beforeEach(async () => {
  vi.resetModules();
  emitWarning.mockReset();
  jotkit = await import('../../src/index.ts');
});
afterEach(() => void vi.useRealTimers());

const strong = 's'.repeat(64);
const codes = () => emitWarning.mock.calls.map(([, options]) => (options as { code: string }).code);

test('emits no warning at loading', () => {
  expect(codes()).toEqual([]);
});

describe('a timespan string without a unit', () => {
  test('is milliseconds in sign, with one warning per process', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
    for (const expiresIn of ['60000', '5000'] as never[]) {
      const token = jotkit.sign({}, strong, { expiresIn });
      expect(payloadOf(token).exp).toBe(NOW + Number(expiresIn) / 1000);
    }
    expect(emitWarning).toHaveBeenCalledTimes(1);
    const [message, options] = emitWarning.mock.calls[0] ?? [];
    expect(message).toMatch(/without a unit is milliseconds/);
    expect(options).toEqual({ type: 'JotkitWarning', code: 'JOTKIT_TIMESPAN_UNIT' });
  });

  test('is milliseconds as maxAge, with the same warning', () => {
    const token = jotkit.sign({ iat: NOW }, strong);
    const options = { maxAge: '6000', clockTimestamp: NOW };
    jotkit.verify(token, strong, options);
    jotkit.verify(token, strong, options);
    jotkit.sign({}, strong, { notBefore: '6000' as never });
    expect(codes()).toEqual(['JOTKIT_TIMESPAN_UNIT']);
  });

  test('is seconds as clockTolerance, without a warning', () => {
    const token = jotkit.sign({ exp: NOW }, strong);
    jotkit.verify(token, strong, { clockTolerance: '60' as never, clockTimestamp: NOW });
    expect(codes()).toEqual([]);
  });

  test('is a TypeError in createSigner and createVerifier, without a warning', () => {
    expect(() => jotkit.createSigner(strong, { expiresIn: '60' as never })).toThrow(TypeError);
    expect(() => jotkit.createVerifier(strong, { maxAge: '60' as never })).toThrow(TypeError);
    expect(codes()).toEqual([]);
  });

  test.each([60, '60s', '1m'])('is not %j', (expiresIn) => {
    jotkit.sign({}, strong, { expiresIn: expiresIn as 60 });
    expect(codes()).toEqual([]);
  });
});

describe('a secret shorter than its hash', () => {
  test('signs and verifies in sign and verify, with one warning per process', async () => {
    const token = jotkit.sign({ sub: 'ada' }, 'short');
    expect(jotkit.verify(token, 'short')).toMatchObject({ sub: 'ada' });
    expect(await jotkit.verifyAsync(token, 'short')).toMatchObject({ sub: 'ada' });
    expect(await jotkit.verifyAsync(token, () => 'short')).toMatchObject({ sub: 'ada' });
    await jotkit.signAsync({}, 'tiny');
    expect(emitWarning).toHaveBeenCalledTimes(1);
    const [message, options] = emitWarning.mock.calls[0] ?? [];
    expect(message).toBe(
      'A secret is shorter than the 256 bits that HS256 needs (RFC 7518 §3.2) and can be guessed offline. Generate one: crypto.randomBytes(32).',
    );
    expect(options).toEqual({ type: 'JotkitWarning', code: 'JOTKIT_WEAK_SECRET' });
  });

  test('emits a warning in verify alone', () => {
    const { sign, verify } = jotkit;
    const token = sign({}, 'short', { allowInsecureKeySizes: true });
    expect(codes()).toEqual([]);
    verify(token, 'short');
    expect(codes()).toEqual(['JOTKIT_WEAK_SECRET']);
  });

  test('is shorter at the exact byte', () => {
    jotkit.sign({}, 'x'.repeat(32));
    jotkit.sign({}, 'x'.repeat(64), { algorithm: 'HS512' });
    expect(codes()).toEqual([]);
    jotkit.sign({}, 'x'.repeat(63), { algorithm: 'HS512' });
    expect(codes()).toEqual(['JOTKIT_WEAK_SECRET']);
  });

  test('emits no warning with allowInsecureKeySizes', () => {
    const options = { allowInsecureKeySizes: true };
    const token = jotkit.sign({ sub: 'ada' }, 'short', options);
    expect(jotkit.verify(token, 'short', options)).toMatchObject({ sub: 'ada' });
    expect(codes()).toEqual([]);
  });

  test('is a TypeError in createSigner and createVerifier, without a warning', () => {
    expect(() => jotkit.createSigner('short')).toThrow(TypeError);
    expect(() => jotkit.createVerifier('short')).toThrow(TypeError);
    expect(codes()).toEqual([]);
  });
});

describe('times in the wrong unit', () => {
  test('are signed by sign, with one warning per process', () => {
    const milliseconds = NOW * 1000;
    for (const claim of ['exp', 'nbf', 'iat']) {
      const token = jotkit.sign({ [claim]: milliseconds }, strong);
      expect(payloadOf(token)).toHaveProperty(claim, milliseconds);
    }
    jotkit.sign({}, strong, { expiresIn: NOW });
    jotkit.sign({}, strong, { notBefore: NOW });
    expect(codes()).toEqual(['JOTKIT_TIME_UNIT', 'JOTKIT_ABSOLUTE_DURATION']);
    const [message] = emitWarning.mock.calls[0] ?? [];
    expect(message).toMatch(/seconds since 1970/);
    expect(message).not.toContain(String(milliseconds));
  });

  test('are not the largest seconds and durations', () => {
    jotkit.sign({ exp: 99_999_999_999, nbf: -1e12 }, strong);
    jotkit.sign({}, strong, { expiresIn: 999_999_999 });
    jotkit.sign({}, strong, { expiresIn: '100y' });
    expect(codes()).toEqual([]);
  });
});

test('emits each of two warnings once', () => {
  jotkit.sign({}, 'short', { expiresIn: '60' as never });
  jotkit.sign({}, 'short', { expiresIn: '60' as never });
  expect(codes().sort()).toEqual(['JOTKIT_TIMESPAN_UNIT', 'JOTKIT_WEAK_SECRET']);
});
