/** T4, second half: a polluted Object.prototype supplies no option, no header, no claim and no key. */

import { describe, expect, test } from 'vitest';
import {
  createSigner,
  createVerifier,
  decode,
  sign,
  signAsync,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { ec, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { forge, segment } from '../fixtures/tokens.ts';
import { verifyApis } from '../fixtures/verify-apis.ts';

type Members = Record<string, unknown>;

/** Runs with members on Object.prototype, as an earlier attack on the application leaves them. */
async function polluted<Result>(
  members: Members,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(Object.prototype, name, {
      __proto__: null,
      value,
      configurable: true,
      writable: true,
      enumerable: true,
    } as never);
  }
  try {
    return await run();
  } finally {
    for (const name of Object.keys(members)) delete (Object.prototype as unknown as Members)[name];
  }
}

/** `accepted`, or the code: no assertion of the test runner works while the prototype is polluted. */
async function outcome(run: () => unknown): Promise<string> {
  try {
    await run();
    return 'accepted';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code?.startsWith('ERR_') ? code : `accident: ${message}`;
  }
}

const attackers = Buffer.from('the secret of the attacker, long enough for HS256');
const claims = { sub: 'ada' };
const expired = forge({ alg: 'HS256', typ: 'JWT' }, { sub: 'ada', exp: 1 }, secret);
const good = forge({ alg: 'HS256', typ: 'JWT' }, claims, secret);
const bare = forge({ alg: 'HS256' }, {}, secret);
const unsigned = `${segment({ alg: 'none' })}.${segment(claims)}.`;
const noAlg = forge({ typ: 'JWT' }, claims, secret);
const forged = forge({ alg: 'HS256', typ: 'JWT' }, { sub: 'admin' }, attackers);
const notJson = forge('not JSON', claims, secret);
const notJsonPayload = forge({ alg: 'HS256', typ: 'JWT' }, 'not JSON', secret);

// Made before anything is polluted.
const rs256 = createSigner(rsa().privateKey, { algorithm: 'RS256' })(claims);
const byPem = forge(
  { alg: 'HS256' },
  claims,
  Buffer.from(rsa().publicKey.export({ format: 'pem', type: 'spki' })),
);
const publicJwk = rsa().publicKey.export({ format: 'jwk' });

/** What JSON can put there, which is how it is done; each with a token that must still be refused. */
const jsonPollution: Array<[name: string, members: Members]> = [
  ['exp', { exp: 99_999_999_999 }],
  ['iat', { iat: 1 }],
  ['nbf', { nbf: 99_999_999_999 }],
  ['sub', { sub: 'admin' }],
  ['iss', { iss: 'https://id.example' }],
  ['aud', { aud: 'api' }],
  ['jti', { jti: '1' }],
  ['nonce', { nonce: 'n' }],
  ['alg', { alg: 'HS256' }],
  ['alg none', { alg: 'none' }],
  ['typ', { typ: 'at+jwt' }],
  ['kid', { kid: 'attacker' }],
  ['crit', { crit: ['exp'] }],
  ['b64', { b64: false }],
  ['jwk', { jwk: { kty: 'oct', k: attackers.toString('base64url') } }],
  ['algorithms', { algorithms: ['none'] }],
  ['algorithms of all kinds', { algorithms: ['HS256', 'RS256', 'none'] }],
  ['algorithm', { algorithm: 'none' }],
  ['issuer', { issuer: 'https://id.example' }],
  ['audience', { audience: 'api' }],
  ['subject', { subject: 'admin' }],
  ['jwtid', { jwtid: '1' }],
  ['typ option', { typ: [null] }],
  ['maxAge', { maxAge: 1e12 }],
  ['clockTolerance', { clockTolerance: 1e12 }],
  ['clockTimestamp', { clockTimestamp: 0.5 }],
  ['ignoreExpiration', { ignoreExpiration: true }],
  ['ignoreNotBefore', { ignoreNotBefore: true }],
  ['complete', { complete: true }],
  ['json', { json: true }],
  ['encoding', { encoding: 'hex' }],
  ['allowInsecureKeySizes', { allowInsecureKeySizes: true }],
  ['allowInvalidAsymmetricKeyTypes', { allowInvalidAsymmetricKeyTypes: true }],
  ['maxTokenLength', { maxTokenLength: 1 }],
  ['requiredClaims', { requiredClaims: ['x'] }],
  ['async', { async: true }],
  ['header', { header: { alg: 'none', typ: 'x' } }],
  ['keyid', { keyid: 'attacker' }],
  ['expiresIn', { expiresIn: 1e9 }],
  ['notBefore', { notBefore: 1e9 }],
  ['noTimestamp', { noTimestamp: true }],
  ['mutatePayload', { mutatePayload: true }],
  ['key', { key: attackers.toString() }],
  ['k and kty', { kty: 'oct', k: attackers.toString('base64url') }],
  ['kty alone', { kty: 'oct' }],
  ['use', { use: 'enc' }],
  ['key_ops', { key_ops: [] }],
  ['d', { d: 'AQAB' }],
  ['passphrase', { passphrase: 'x' }],
  ['format', { format: 'jwk' }],
  ['type', { type: 'pkcs8' }],
  ['padding', { padding: 3 }],
  ['saltLength', { saltLength: 0 }],
  ['dsaEncoding', { dsaEncoding: 'der' }],
  ['context', { context: 'x' }],
  ['encoding of output', { outputEncoding: 'hex' }],
  ['kind', { kind: 'none' }],
  ['object', { object: null }],
  ['only', { only: ['none'] }],
  ['only for another', { only: ['HS256'] }],
  ['seek', { seek: 'x' }],
  ['beforeSeek', { beforeSeek: 'x' }],
  ['lists', { lists: true }],
  ['schema', { schema: {} }],
  ['seconds', { seconds: 5 }],
  ['whole', { whole: true }],
  ['unit', { unit: true }],
  ['problem', { problem: 'not JSON' }],
  ['row', { row: {} }],
  ['probe', { probe: 'x' }],
  ['curve', { curve: 'secp256k1' }],
  ['bits', { bits: 1 }],
  ['minBits', { minBits: 1_000_000 }],
  ['verifyAsync', { verifyAsync: 'x' }],
  ['signAsync', { signAsync: 'x' }],
  ['issues', { issues: [] }],
  ['hash', { hash: 'sha1' }],
  ['length', { length: 0 }],
  ['index', { 0: 'none', 1: 'HS256' }],
  ['value as a header and claims', { value: { alg: 'HS256', sub: 'admin', admin: true } }],
  ['get', { get: 'x' }],
  ['set', { set: 'x' }],
  ['writable', { writable: true }],
  ['enumerable', { enumerable: true }],
  ['configurable', { configurable: false }],
  ['then', Object.fromEntries([['then', 'x']])],
  ['cause', { cause: 'x' }],
  ['code', { code: 'x' }],
  ['claim', { claim: 'x' }],
  ['name and message', { name: 'x', message: 'y' }],
  ['source and flags', { source: '.*', flags: 'g' }],
  ['~standard', { '~standard': { version: 1, vendor: 'x', validate: 'x' } }],
];

describe('what JSON can put on Object.prototype', () => {
  for (const [name, members] of jsonPollution) {
    test(`${name}: refuses what is refused`, async () => {
      const outcomes: Record<string, string> = {};
      await polluted(members, async () => {
        for (const { name: at, verify: open } of verifyApis) {
          outcomes[`expired ${at}`] = await outcome(() => open(expired, secret));
          outcomes[`unsigned ${at}`] = await outcome(() => open(unsigned, secret));
          outcomes[`unsigned without a key ${at}`] = await outcome(() => open(unsigned, undefined));
          outcomes[`no alg ${at}`] = await outcome(() => open(noAlg, secret));
          outcomes[`forged ${at}`] = await outcome(() => open(forged, secret));
          outcomes[`forged without a key ${at}`] = await outcome(() => open(forged, undefined));
          outcomes[`header is no JSON ${at}`] = await outcome(() => open(notJson, secret));
          outcomes[`payload is no JSON ${at}`] = await outcome(() => open(notJsonPayload, secret));
          outcomes[`public key as secret ${at}`] = await outcome(() =>
            open(byPem, rsa().publicKey),
          );
          outcomes[`public JWK as secret ${at}`] = await outcome(() => open(forged, publicJwk));
          outcomes[`empty object as key ${at}`] = await outcome(() => open(forged, {}));
          for (const [option, value] of [
            ['issuer', 'https://id.example'],
            ['audience', 'api'],
            ['subject', 'admin'],
            ['jwtid', '1'],
            ['nonce', 'n'],
            ['maxAge', 60],
            ['typ', 'at+jwt'],
          ] as const) {
            outcomes[`${option} ${at}`] = await outcome(() =>
              open(bare, secret, { [option]: value }),
            );
          }
        }
      });
      const accepted = Object.entries(outcomes)
        .filter(([, answer]) => answer === 'accepted')
        .map(([at]) => at);
      expect(accepted).toEqual([]);
      const accidents = Object.values(outcomes).filter((answer) => answer.startsWith('accident'));
      expect([...new Set(accidents)]).toEqual([]);
    });

    test(`${name}: accepts what is accepted, with nothing added`, async () => {
      const results: string[] = [];
      await polluted(members, async () => {
        for (const { verify: open } of verifyApis) {
          for (const [token, key] of [
            [good, secret],
            [rs256, rsa().publicKey],
          ] as const) {
            try {
              const value = (await open(token, key)) as Members;
              results.push(
                Object.entries(value)
                  .map(([k, v]) => `${k}=${v}`)
                  .filter((text) => !text.startsWith('iat='))
                  .join(),
              );
            } catch (error) {
              results.push(`refused: ${(error as Error).message}`);
            }
          }
        }
        for (const options of [undefined, {}, { json: false }]) {
          try {
            results.push(
              Object.entries(decode(good, options) as Members)
                .map(([k, v]) => `${k}=${v}`)
                .join(),
            );
          } catch (error) {
            results.push(`refused: ${(error as Error).message}`);
          }
        }
      });
      expect([...new Set(results)]).toEqual(['sub=ada']);
    });

    test(`${name}: signs what was given and nothing else`, async () => {
      const tokens: string[] = [];
      await polluted(members, async () => {
        const makers: Array<() => unknown> = [
          () => sign({ sub: 'ada' }, secret),
          () => sign({ sub: 'ada' }, secret, { audience: ['a', 'b'], expiresIn: 60 }),
          () => sign({ sub: 'ada' }, rsa().privateKey, { algorithm: 'RS256' }),
          () => signAsync({ sub: 'ada' }, ec().privateKey, { algorithm: 'ES256' }),
          () => createSigner(secret)({ sub: 'ada' }),
          () => createSigner(ed25519().privateKey)({ sub: 'ada' }),
          () =>
            createSigner(secret, {
              audience: ['a', 'b'],
              expiresIn: 60,
              clock: () => 1_700_000_000_000,
            })({ sub: 'ada' }),
        ];
        for (const make of makers) {
          try {
            tokens.push((await make()) as string);
          } catch (error) {
            tokens.push(`refused: ${(error as Error).message}`);
          }
        }
      });
      const [a, b, c, d, e, f, g] = tokens.map((token) => {
        const [header = '', payload = ''] = token.split('.');
        if (token.startsWith('refused')) return token;
        const read = (text: string) =>
          Object.keys(JSON.parse(Buffer.from(text, 'base64url').toString())).join();
        const { aud } = JSON.parse(Buffer.from(payload, 'base64url').toString());
        return `${read(header)} ${read(payload)} ${JSON.stringify(aud)}`;
      });
      const plain = 'alg,typ sub,iat undefined';
      expect([a, c, d, e, f]).toEqual(Array.from({ length: 5 }, () => plain));
      expect([b, g]).toEqual(Array.from({ length: 2 }, () => 'alg,typ sub,iat,exp,aud ["a","b"]'));
    });
  }

  const spki = rsa().publicKey.export({ format: 'pem', type: 'spki' }) as string;
  const readable = {
    passphrase: 'x',
    format: 'jwk',
    type: 'pkcs1',
    encoding: 'hex',
    kty: 'oct',
    d: 'AQAB',
    cipher: 'x',
    key: spki.replace('A', 'B'),
    crv: 'P-256',
    k: 'AA',
  };

  test.each(Object.entries(readable))(
    '%s: key material of every kind is still read as what it is',
    async (name, value) => {
      const der = rsa().publicKey.export({ format: 'der', type: 'spki' });
      const keys = {
        spki,
        der,
        publicJwk,
        'spki in a descriptor': { key: spki },
        'JWK in a descriptor': { key: publicJwk },
        'DER in a descriptor': { key: der },
      };
      const outcomes: Members = {};
      await polluted({ [name]: value }, async () => {
        for (const [form, key] of Object.entries(keys)) {
          outcomes[form] = await outcome(() => createVerifier(key as never)(rs256));
        }
      });
      const others = Object.entries(outcomes).filter(([, answer]) => answer !== 'accepted');
      // Node's own JWK reader copies into an object that has a prototype: with a polluted `d` it takes
      // a public key for a broken private one. That is refused, and no other key comes of it.
      expect(others.every(([, answer]) => answer === 'ERR_KEY_INVALID')).toBe(true);
      expect(others.map(([form]) => form)).toEqual(
        name === 'd' ? ['publicJwk', 'JWK in a descriptor'] : [],
      );
    },
  );
});

describe('what code can put on Object.prototype', () => {
  test('a key function or a source is asked, not the prototype', async () => {
    const asked: string[] = [];
    const answer = () => {
      asked.push('prototype');
      return attackers;
    };
    const outcomes = await polluted(
      { seek: answer, beforeSeek: answer, key: attackers, admit: answer },
      async () => [
        await outcome(() => verify(forged, secret)),
        await outcome(() => verifyAsync(forged, () => secret)),
        await outcome(() => createVerifier(secret)(forged)),
        await outcome(() => createVerifier(() => secret)(forged)),
        await outcome(
          () =>
            new Promise((resolve, reject) => {
              verify(
                forged,
                ((_: unknown, done: (e: null, k: Buffer) => void) => done(null, secret)) as never,
                {},
                (error, value) => (error ? reject(error) : resolve(value)),
              );
            }),
        ),
      ],
    );
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => 'ERR_SIGNATURE_INVALID'));
    expect(asked).toEqual([]);
  });

  test('toJSON does not make one key of two', async () => {
    const [mine, theirs] = [7, 8].map((byte) => {
      return { kty: 'oct', k: Buffer.alloc(32, byte).toString('base64url') };
    });
    const token = sign({ sub: 'ada' }, theirs as never);
    const answer = await polluted({ toJSON: () => 'one' }, async () => {
      await outcome(() => verify(token, theirs as never));
      return outcome(() => verify(token, mine as never));
    });
    expect(answer).toBe('ERR_SIGNATURE_INVALID');
  });

  test('toJSON does not write the header or the claims', async () => {
    const toJSON = () => ({ alg: 'none', sub: 'admin' });
    const tokens = await polluted({ toJSON }, () => [
      sign(claims, secret),
      createSigner(secret)(claims),
    ]);
    for (const token of tokens) {
      expect(decode(token, { complete: true })).toMatchObject({
        header: { alg: 'HS256' },
        payload: claims,
      });
    }
  });

  test('getters and setters on the prototype see no key and no token', async () => {
    const seen: unknown[] = [];
    const names = [
      'key',
      'secret',
      'token',
      'value',
      'passphrase',
      'alg',
      'only',
      'cause',
      'seek',
      'kty',
    ];
    for (const name of names) {
      const accessors = {
        __proto__: null,
        configurable: true,
        get: () => undefined,
        set(value: unknown) {
          seen.push(value);
        },
      };
      Object.defineProperty(Object.prototype, name, accessors as never);
    }
    let outcomes: string[] = [];
    try {
      outcomes = [
        await outcome(() => verify(good, secret)),
        await outcome(() => createVerifier(secret)(good)),
        await outcome(() => sign({ sub: 'ada' }, secret)),
        await outcome(() => createSigner(secret)({ sub: 'ada' })),
      ];
    } finally {
      for (const name of names) delete (Object.prototype as unknown as Members)[name];
    }
    expect(outcomes).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
    expect(seen).toEqual([]);
  });
});
