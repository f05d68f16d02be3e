/** T1, T3: a token that is made to cost time or stack is refused for little. */

import { describe, expect, test } from 'vitest';
import { decode } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { base64url, forge } from '../fixtures/tokens.ts';
import { rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';

const LIMIT = 2000;

/** Fails where the work takes longer than an attack may cost; generous, because machines are busy. */
async function soon(work: () => unknown): Promise<void> {
  const start = performance.now();
  await work();
  expect(performance.now() - start).toBeLessThan(LIMIT);
}

const header = { alg: 'HS256', typ: 'JWT' };

describe('size', () => {
  const large: Record<string, () => string> = {
    '20 million dots': () => '.'.repeat(20_000_000),
    '10 MB of letters': () => 'A'.repeat(10_000_000),
    '10 MB of letters and two dots': () => `${'A'.repeat(5_000_000)}.${'A'.repeat(4_999_998)}.`,
    '10 MB of spaces': () => ' '.repeat(10_000_000),
    '10 MB of =': () => '='.repeat(10_000_000),
    'a header and 20 million dots': () =>
      `${base64url(JSON.stringify(header))}${'.'.repeat(20_000_000)}`,
    'a 10 MB token that is signed': () => forge(header, { filling: 'x'.repeat(7_500_000) }, secret),
  };

  for (const [name, make] of Object.entries(large)) {
    test(`${name} are refused by the cap`, async () => {
      const token = make();
      await soon(async () => {
        for (const door of verifyApis) {
          expect((await rejectionBy(door, token, secret)).code).toBe('ERR_TOKEN_TOO_LONG');
        }
        expect(decode(token)).toBeNull();
      });
    });
  }

  test('without the cap millions of dots are refused in one pass', async () => {
    const dots = '.'.repeat(20_000_000);
    await soon(async () => {
      for (const door of verifyApis) {
        const { code } = await rejectionBy(door, dots, secret, { maxTokenLength: 1e9 });
        expect(code).toBe('ERR_TOKEN_MALFORMED');
      }
    });
  });

  test('the cap is a bound on characters: 65,536 pass, one more does not', async () => {
    const shell = forge(header, { f: '' }, secret).length;
    const room = ((65_536 - shell) * 3) / 4;
    let token = '';
    for (let filling = Math.floor(room) - 8; token.length < 65_536; filling++) {
      token = forge(header, { f: 'x'.repeat(filling) }, secret);
    }
    for (const door of verifyApis) {
      const opened = door.verify(token, secret);
      if (token.length === 65_536) expect(await opened).toHaveProperty('f');
      else await expect(opened).rejects.toThrow('invalid token');
      expect(await door.verify(token, secret, { maxTokenLength: 70_000 })).toHaveProperty('f');
      expect(
        (await rejectionBy(door, token, secret, { maxTokenLength: token.length - 1 })).code,
      ).toBe('ERR_TOKEN_TOO_LONG');
    }
  });

  test('decode does not lose its cap to a value that is no length', () => {
    const token = forge(header, { f: 'x'.repeat(70_000) }, secret);
    expect(decode(token)).toBeNull();
    for (const maxTokenLength of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '1e9',
      {},
      [],
      '',
      true,
      -1,
      0,
    ]) {
      const attempt = () => decode(token, { maxTokenLength: maxTokenLength as never });
      let read: unknown = null;
      try {
        read = attempt();
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
      expect(read).toBeNull();
    }
  });
});

describe('nesting', () => {
  const nested: Record<string, string> = {
    '200,000 opening brackets': '['.repeat(200_000),
    '200,000 nested arrays': `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    '200,000 opening braces': '{"a":'.repeat(200_000),
    '65 nested arrays': `{"a":${'['.repeat(64)}${']'.repeat(64)}}`,
    '65 nested objects': `${'{"a":'.repeat(64)}{}${'}'.repeat(64)}`,
    'arrays and objects in turn': `${'{"a":['.repeat(40)}${']}'.repeat(40)}`,
  };

  for (const [name, text] of Object.entries(nested)) {
    test(`${name} in the payload are refused`, async () => {
      const token = forge(header, text, secret);
      await soon(async () => {
        for (const door of verifyApis) {
          const { code } = await rejectionBy(door, token, secret, { maxTokenLength: 10_000_000 });
          expect(code).toBe('ERR_PAYLOAD_INVALID');
        }
        expect(decode(token, { maxTokenLength: 10_000_000 })).toBeNull();
      });
    });

    test(`${name} in the header are refused`, async () => {
      const token = `${base64url(text)}.${base64url('{}')}.AAAA`;
      await soon(async () => {
        for (const door of verifyApis) {
          const { code } = await rejectionBy(door, token, secret, { maxTokenLength: 10_000_000 });
          expect(code).toBe('ERR_HEADER_INVALID');
        }
      });
    });
  }

  test('64 levels pass, and brackets in strings are no levels', async () => {
    const deep = `${'{"a":'.repeat(63)}{}${'}'.repeat(63)}`;
    const quoted = JSON.stringify({ a: '['.repeat(1000), b: '\\"[{'.repeat(500) });
    for (const text of [deep, quoted]) {
      for (const door of verifyApis)
        expect(await door.verify(forge(header, text, secret), secret)).toEqual(JSON.parse(text));
    }
  });
});

describe('texts of 64 KiB that make naive code quadratic', () => {
  const size = 48_000;
  const worst: Record<string, string> = {
    quotes: '"'.repeat(size),
    backslashes: `"${'\\'.repeat(size)}`,
    'escaped quotes': `{"a":"${'\\"'.repeat(size / 2)}"}`,
    'unicode escapes': `{"a":"${'\\u0061'.repeat(size / 6)}"}`,
    colons: ':'.repeat(size),
    'closing brackets': ']'.repeat(size),
    'brackets in turn': '[]'.repeat(size / 2),
    'open strings': '{"'.repeat(size / 2),
    'white space': ' '.repeat(size),
    'white space before an object': `${' '.repeat(size - 2)}{}`,
    digits: `{"exp":${'9'.repeat(size)}}`,
    'a long fraction': `{"exp":0.${'0'.repeat(size)}1}`,
    'equal keys': `{${Array.from({ length: size / 6 }, () => '"a":1').join(',')}}`,
    'keys that are numbers': `{${Array.from({ length: size / 10 }, (_, i) => `"${i * 4096}":1`).join(',')}}`,
    'keys of the same length': `{${Array.from({ length: size / 12 }, (_, i) => `"k${String(i).padStart(6, '0')}":1`).join(',')}}`,
    'a long audience': JSON.stringify({ aud: Array.from({ length: size / 4 }, () => 'a') }),
    'a long audience of dates': JSON.stringify({ aud: Array.from({ length: size / 2 }, () => 1) }),
  };

  for (const [name, text] of Object.entries(worst)) {
    test(name, async () => {
      const token = forge(header, text, secret);
      const forged = `${base64url(text)}.${base64url(text)}.AAAA`;
      const options = { maxTokenLength: 1_000_000, audience: ['b', 'c', /^d+$/], issuer: 'x' };
      await soon(async () => {
        for (const door of verifyApis) {
          expect((await rejectionBy(door, token, secret, options)).error).toBeInstanceOf(Error);
          expect((await rejectionBy(door, forged, secret, options)).error).toBeInstanceOf(Error);
        }
        decode(token, { maxTokenLength: 1_000_000 });
      });
    });
  }

  test('an object of 65,000 members is read in linear time', async () => {
    const claims = Object.fromEntries(Array.from({ length: 65_000 }, (_, i) => [`k${i}`, i]));
    const token = forge(header, claims, secret);
    await soon(async () => {
      const [door] = verifyApis;
      expect(await door?.verify(token, secret, { maxTokenLength: 10_000_000 })).toHaveProperty(
        'k64999',
        64_999,
      );
    });
  });

  test('a header of 65,000 members is read in linear time', async () => {
    const members = Object.fromEntries(Array.from({ length: 65_000 }, (_, i) => [`k${i}`, i]));
    const token = forge({ ...header, ...members }, { sub: 'ada' }, secret);
    await soon(async () => {
      const [door] = verifyApis;
      expect(await door?.verify(token, secret, { maxTokenLength: 10_000_000 })).toEqual({
        sub: 'ada',
      });
    });
  });

  test('more keys than the bound are not tried for one token', async () => {
    const { createVerifier } = await import('../../src/index.ts');
    const wrong = Array.from({ length: 100_000 }, () => Buffer.alloc(64, 1));
    const verifier = createVerifier(() => [...wrong, secret]);
    await soon(() =>
      expect(() => verifier(forge(header, {}, secret))).toThrow('invalid signature'),
    );
  });
});
