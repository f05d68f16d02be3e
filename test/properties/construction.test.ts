import * as crypto from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSigner, sign, signAsync } from '../../src/index.ts';
import { encode, pairedKeys, rawSignature } from '../algorithms/pairs.ts';
import { claimsSets } from './json.ts';

const now = 1_800_000_000;

/** RS, HS and Ed algorithms sign the same input to the same bytes. */
const isDeterministic = (alg: string) => /^(HS|RS|Ed)/.test(alg);

const rows = pairedKeys.flatMap(({ name, algorithms, signing, verifying }) =>
  algorithms.map((alg) => ({ name, alg, signing, verifying })),
);

/** Options that write claims. */
const settings = fc.record(
  {
    notBefore: fc.integer({ min: -1000, max: 1000 }),
    expiresIn: fc.integer({ min: 1, max: 100_000 }),
    audience: fc.oneof(fc.constant('api'), fc.constant(['api', 'web'])),
    issuer: fc.constant('https://issuer.example'),
    subject: fc.constant('ada'),
    jwtid: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
    keyid: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
  },
  { requiredKeys: [] },
);

const written = ['aud', 'iss', 'sub', 'jti'];

/** The signing input as RFC 7515 §5.1 and §7.1 define it. */
function expectedInput(call: {
  alg: string;
  claims: object;
  options: Record<string, unknown>;
}): string {
  const { alg, claims, options } = call;
  const claim = (option: string, name: string, base?: number) => {
    const value = options[option];
    if (value === undefined) return {};
    return { [name]: base === undefined ? value : base + (value as number) };
  };
  const header = { alg, typ: 'JWT', ...claim('keyid', 'kid') };
  const payload = {
    ...claims,
    iat: now,
    ...claim('notBefore', 'nbf', now),
    ...claim('expiresIn', 'exp', now),
    ...claim('audience', 'aud'),
    ...claim('issuer', 'iss'),
    ...claim('subject', 'sub'),
    ...claim('jwtid', 'jti'),
  };
  return `${encode(header)}.${encode(payload)}`;
}

const plain = claimsSets.map((claims) =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !written.includes(name))),
);

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: now * 1000 + 999 }));
afterEach(() => void vi.useRealTimers());

describe.each(rows)('a token of $alg, signed with $name,', ({ alg, signing, verifying }) => {
  /** Compares with node:crypto alone. */
  function check(token: string, input: string): void {
    const signature = token.slice(input.length + 1);
    expect(token.slice(0, input.length + 1)).toBe(`${input}.`);
    if (isDeterministic(alg)) {
      expect(signature).toBe(rawSignature(alg, signing, input)?.toString('base64url'));
    } else {
      expect(nodeVerifies(input, Buffer.from(signature, 'base64url'))).toBe(true);
      expect(nodeVerifies(`${input} `, Buffer.from(signature, 'base64url'))).toBe(false);
    }
  }

  function nodeVerifies(input: string, signature: Buffer): boolean {
    const hash = /^(PS|ES)/.test(alg) ? `sha${alg.slice(2, 5)}` : null;
    const scheme = alg.startsWith('PS')
      ? { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(alg.slice(2)) / 8 }
      : { dsaEncoding: 'ieee-p1363' as const };
    return crypto.verify(hash, Buffer.from(input), { key: verifying, ...scheme }, signature);
  }

  test('has the expected input and signature from every API that signs', async () => {
    await fc.assert(
      fc.asyncProperty(plain, settings, async (claims, options) => {
        const input = expectedInput({ alg, claims, options });
        const set = { algorithm: alg, ...options };
        check(sign(claims, signing, set as never), input);
        check(createSigner(signing, set)(claims), input);
        check(await signAsync(claims, signing, set as never), input);
        check(await createSigner(signing, { ...set, async: true })(claims), input);
      }),
      { numRuns: 12 },
    );
  });
});

test('an unsecured token is header and payload with an empty signature', () => {
  fc.assert(
    fc.property(plain, settings, (claims, options) => {
      const input = expectedInput({ alg: 'none', claims, options });
      const set = { algorithm: 'none', ...options } as const;
      expect(sign(claims, null, set as never)).toBe(`${input}.`);
      expect(createSigner(null, set)(claims)).toBe(`${input}.`);
    }),
  );
});
