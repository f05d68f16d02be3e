/** K2, K3: only the pairs of key type and algorithm of the RFCs pass, and they are judged together. */

import { describe, expect, test, vi } from 'vitest';
import { type Algorithm, createSigner, createVerifier, sign, verify } from '../../src/index.ts';
import { algorithmKeys, rsa, secret } from '../fixtures/keys.ts';
import { forge, segment } from '../fixtures/tokens.ts';
import {
  acceptedBy,
  classicVerifyApis,
  preparedVerifyApis,
  rejectionBy,
  verifyApis,
} from '../fixtures/verify-apis.ts';

describe('names of algorithms are compared exactly (CVE-2026-22817, CVE-2026-48523)', () => {
  const spellings = [
    'hs256',
    'Hs256',
    'HS256 ',
    ' HS256',
    'HS256\0',
    'HS256\n',
    'HS2567',
    'HS25',
    'HS',
    'H',
    'S',
    '',
    'HS-256',
    'HMACSHA256',
    'HS256,RS256',
    'ＨＳ２５６',
    'HЅ256',
    'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
    'valueOf',
    'HS1',
    'MD5',
    'sha256',
  ];

  for (const alg of spellings) {
    test(`alg ${JSON.stringify(alg)} in the header`, async () => {
      const token = forge({ alg }, { sub: 'admin' }, secret);
      for (const options of [
        {},
        { algorithms: ['HS256'] },
        { algorithms: ['HS256', 'HS384', 'HS512'] },
      ]) {
        for (const door of verifyApis) {
          expect((await rejectionBy(door, token, secret, options)).code).toBe('ERR_HEADER_ALG');
        }
      }
    });

    test(`alg ${JSON.stringify(alg)} in the list and in the header`, async () => {
      const token = forge({ alg }, { sub: 'admin' }, secret);
      expect(await acceptedBy(verifyApis, token, secret, { algorithms: [alg] })).toEqual([]);
      expect(() => createSigner(secret, { algorithm: alg as never })).toThrow(TypeError);
      expect(() => sign({}, secret, { header: { alg } })).toThrow(/valid algorithm/);
    });
  }

  test.each([[undefined], [null], [256], [true], [['HS256']], [{ toString: 'HS256' }], [{}]])(
    'alg of another type: %j',
    async (alg) => {
      const token = forge({ alg }, { sub: 'admin' }, secret);
      for (const options of [{}, { algorithms: ['HS256'] }]) {
        for (const door of verifyApis) {
          expect((await rejectionBy(door, token, secret, options)).code).toBe('ERR_HEADER_ALG');
        }
      }
    },
  );
});

describe('the list, the key and the header have to agree', () => {
  test('a valid signature does not pass when its algorithm is not in the list', async () => {
    for (const { alg, signing, verifying } of algorithmKeys) {
      const token = createSigner(signing() as never, { algorithm: alg })({ sub: 'ada' });
      for (const other of ['HS256', 'RS512', 'ES512', 'Ed448'] as const) {
        if (other === alg) continue;
        expect(await acceptedBy(verifyApis, token, verifying(), { algorithms: [other] })).toEqual(
          [],
        );
      }
    }
  });

  test('a list with more than the key can do does not widen what the key may do', async () => {
    const list = ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'];
    const token = forge(
      { alg: 'HS256' },
      { sub: 'admin' },
      Buffer.from(rsa().publicKey.export({ format: 'der', type: 'spki' })),
    );
    expect(await acceptedBy(verifyApis, token, rsa().publicKey, { algorithms: list })).toEqual([]);
    expect(() => createVerifier(rsa().publicKey, { algorithms: list as Algorithm[] })).toThrow(
      TypeError,
    );
  });

  test('"algorithms" as a string is one name and no substring test', async () => {
    const token = forge({ alg: 'HS256' }, { sub: 'ada' }, secret);
    for (const text of ['HS2567', 'HS256,RS256', 'HS256 RS256', 'xHS256', '']) {
      expect(await acceptedBy(verifyApis, token, secret, { algorithms: text })).toEqual([]);
    }
    for (const part of ['', 'H', 'S256', 'HS']) {
      expect(
        await acceptedBy(verifyApis, forge({ alg: part }, {}, secret), secret, {
          algorithms: 'HS256',
        }),
      ).toEqual([]);
    }
  });

  test('changing the list after the verifier was made changes nothing', () => {
    const list: Algorithm[] = ['HS512'];
    const verifier = createVerifier(secret, { algorithms: list });
    const fromSource = createVerifier(() => secret, { algorithms: list });
    list.push('HS256');
    const token = forge({ alg: 'HS256' }, {}, secret);
    expect(() => verifier(token)).toThrow('invalid algorithm');
    expect(() => fromSource(token)).toThrow('invalid algorithm');
  });

  test('a disallowed algorithm never costs a look-up', async () => {
    const source = vi.fn(() => secret);
    const token = forge({ alg: 'HS256' }, {}, secret);
    expect(() => createVerifier(source, { algorithms: ['RS256'] })(token)).toThrow(
      'invalid algorithm',
    );
    await new Promise<void>((resolve) => {
      const lookUp = (_: unknown, answer: (error: null, key: Buffer) => void) =>
        answer(null, source());
      verify(token, lookUp as never, { algorithms: ['RS256'] }, () => resolve());
    });
    expect(source).not.toHaveBeenCalled();
  });

  test('a source that rewrites the header does not change what was agreed', () => {
    const token = forge({ alg: 'HS512' }, { sub: 'ada' }, secret, 256);
    const verifier = createVerifier(
      ({ header }) => {
        (header as { alg: string }).alg = 'HS256';
        return secret;
      },
      { algorithms: ['HS512'] },
    );
    expect(() => verifier(token)).toThrow();
  });

  test('a source that rewrites the claims does not change what was signed', () => {
    const token = forge({ alg: 'HS256' }, { sub: 'ada' }, secret);
    const verifier = createVerifier(({ payload }) => {
      payload.sub = 'admin';
      payload['admin'] = true;
      return secret;
    });
    expect(verifier(token)).toEqual({ sub: 'ada' });
  });
});

test('the default algorithms of the prepared door come from the key that the source found', async () => {
  const input = `${segment({ alg: 'HS256' })}.${segment({ sub: 'admin' })}`;
  const pem = rsa().publicKey.export({ format: 'pem', type: 'spki' }) as string;
  const token = forge({ alg: 'HS256' }, { sub: 'admin' }, Buffer.from(pem));
  expect(token.startsWith(input)).toBe(true);
  for (const door of [...preparedVerifyApis, ...classicVerifyApis].filter(({ source }) => source)) {
    const { code } = await rejectionBy(door, token, pem);
    expect(code).toMatch(/^ERR_(HEADER_ALG|KEY_TYPE)$/);
  }
});
