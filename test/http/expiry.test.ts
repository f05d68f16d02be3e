import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Auth, onExpiry } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { secret } from './requests.ts';

const start = Date.UTC(2026, 10, 22);
const authOf = (claims: object) => ({ payload: {}, token: createSigner(secret)(claims) }) as Auth;
const endsIn = (seconds: number) => authOf({ exp: start / 1000 + seconds });

beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('onExpiry', () => {
  it('calls the listener once, at the second that "exp" names', () => {
    const listener = vi.fn();
    onExpiry(endsIn(60), listener);
    vi.advanceTimersByTime(59_999);
    expect(listener).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(listener).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1e9);
    expect(listener).toHaveBeenCalledOnce();
  });

  it('reads "exp" from the token: the output of a schema can lack it', () => {
    const listener = vi.fn();
    onExpiry(Object.assign(endsIn(1), { payload: { exp: 1 } }), listener);
    vi.advanceTimersByTime(999);
    expect(listener).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(listener).toHaveBeenCalledOnce();
  });

  it('reads "exp" of a token that is no JWT from what the verifier returned', () => {
    const listener = vi.fn();
    onExpiry({ payload: { exp: start / 1000 + 1 }, token: 'api-key' } as Auth, listener);
    vi.advanceTimersByTime(1000);
    expect(listener).toHaveBeenCalledOnce();
  });

  it('calls the listener of an expired token soon, not before it returns', () => {
    const listener = vi.fn();
    onExpiry(endsIn(-60), listener);
    expect(listener).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(listener).toHaveBeenCalledOnce();
  });

  it('never calls the listener of a token without "exp", nor with ignoreExpiration', () => {
    onExpiry(authOf({ sub: 'ada' }), () => {});
    onExpiry(endsIn(60), () => {}, { ignoreExpiration: true });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('calls no listener after cancel', () => {
    const listener = vi.fn();
    const cancel = onExpiry(endsIn(60), listener);
    cancel();
    cancel();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect(listener).not.toHaveBeenCalled();
  });

  it('splits a delay that exceeds the longest timer, and can be cancelled between', () => {
    const year = 365 * 86_400;
    const [first, second] = [vi.fn(), vi.fn()];
    onExpiry(endsIn(year), first);
    const cancel = onExpiry(endsIn(year), second);
    vi.advanceTimersByTime(2 ** 31);
    cancel();
    vi.advanceTimersByTime(year * 1000 - 2 ** 31 - 1);
    expect(first).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(first).toHaveBeenCalledOnce();
    expect(second).not.toHaveBeenCalled();
  });

  it('adds clockTolerance, ends at maxAge and reads the clock', () => {
    const auth = authOf({ iat: start / 1000, exp: start / 1000 + 60 });
    const calls: string[] = [];
    onExpiry(auth, () => calls.push('tolerance'), { clockTolerance: '30s' });
    onExpiry(auth, () => calls.push('maxAge'), { maxAge: 20 });
    onExpiry(auth, () => calls.push('clock'), { clock: () => start + 50_000 });
    for (const seconds of [10, 10, 40, 30]) {
      calls.push(String(seconds));
      vi.advanceTimersByTime(seconds * 1000);
    }
    expect(calls).toEqual(['10', 'clock', '10', 'maxAge', '40', '30', 'tolerance']);
  });

  it('does not keep the process alive', () => {
    const unref = vi.fn();
    vi.spyOn(globalThis, 'setTimeout').mockReturnValue({ unref } as never);
    onExpiry(endsIn(60), () => {});
    expect(unref).toHaveBeenCalledOnce();
    vi.restoreAllMocks();
  });

  it('throws TypeError for a listener that is no function', () => {
    expect(() => onExpiry(endsIn(60), undefined as never)).toThrow('needs a listener, a function');
  });
});
