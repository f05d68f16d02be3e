import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileImplies } from '../../src/http/implied-scopes.ts';
import { createAuthenticator, type ImpliedScopes } from '../../src/http/index.ts';
import { clock, mint, polluted, secret, withBearer } from './requests.ts';

const scope = fc.string({ minLength: 1, maxLength: 3 });
const implications = fc.dictionary(scope, fc.oneof(scope, fc.array(scope, { maxLength: 4 })));

describe('implies', () => {
  it('adds scopes transitively, also in a circle', () => {
    const widen = compileImplies({ admin: ['write', 'audit'], write: 'read', read: ['admin'] });
    expect(widen(['admin'])).toEqual(['admin', 'write', 'audit', 'read']);
    expect(widen(['read'])).toEqual(['read', 'admin', 'write', 'audit']);
    expect(widen(['other'])).toEqual(['other']);
  });

  it('calls a function for each scope', () => {
    const widen = compileImplies((scope) => (scope === 'a' ? ['b', 'c'] : undefined));
    expect(widen(['a', 'd'])).toEqual(['a', 'd', 'b', 'c']);
  });

  it('adds scopes up to 256, and removes none', () => {
    const widen = compileImplies((scope) => `${scope}x`);
    expect(widen(['a']).length).toBe(256);
    const many = Array.from({ length: 300 }, (_, index) => `s${index}`);
    expect(widen(many)).toEqual(many);
  });

  it('only widens, is idempotent and monotonic', () => {
    fc.assert(
      fc.property(implications, fc.array(scope), fc.array(scope), (implies, some, more) => {
        const widen = compileImplies(implies);
        const widened = widen(some);
        expect(some.every((scope) => widened.includes(scope))).toBe(true);
        expect(new Set(widen(widened))).toEqual(new Set(widened));
        const wider = widen([...some, ...more]);
        expect(widened.every((scope) => wider.includes(scope))).toBe(true);
      }),
    );
  });

  it('reads own members only', async () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      expect(compileImplies({ a: 'b' })([name])).toEqual([name]);
    }
    await polluted({ read: ['admin'] }, () => {
      expect(compileImplies({})(['read'])).toEqual(['read']);
    });
  });

  it('stays as it was when the object changes later', () => {
    const list = ['write'];
    const implies: Record<string, string[]> = { admin: list };
    const widen = compileImplies(implies);
    list.push('root');
    implies['guest'] = ['admin'];
    expect(widen(['admin', 'guest'])).toEqual(['admin', 'guest', 'write']);
  });

  it('gives the scopes that options require', async () => {
    const options = { key: secret, clock, implies: { admin: 'write' }, scopes: 'write' };
    const { status } = await createAuthenticator(options)(withBearer(mint({ scope: 'admin' })));
    expect(status).toBe('authenticated');
  });

  it.each([[5], [{ a: 5 }], [{ a: [5] }], ['admin'], [[]], [undefined], [null]])(
    'throws TypeError for %j',
    (implies) => {
      const options = { key: secret, implies: implies as unknown as ImpliedScopes };
      expect(() => createAuthenticator(options)).toThrow(/^"implies" must be a function, or/);
    },
  );

  it('throws TypeError for a function that returns something else', () => {
    const widen = compileImplies((() => 5) as never);
    expect(() => widen(['a'])).toThrow('"implies" must return a scope, an array of scopes');
  });
});
