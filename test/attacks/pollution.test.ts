/** T4, second half: a polluted Object.prototype supplies no option, header, claim or key. */

import { describe, expect, test } from 'vitest';
import { serializeTokenCookie, tokenCookies } from '../../src/http/token-cookies.ts';
import {
  createSigner,
  createVerifier,
  decode,
  sign,
  signAsync,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { createSessionHandlers } from '../../src/sessions/handlers.ts';
import { childProcess } from '../fixtures/child.ts';
import { ec, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { forge, headerOf, payloadOf, tokenOf, unsigned } from '../fixtures/tokens.ts';
import { verifyApis } from '../fixtures/verify-apis.ts';
import { ISSUER, setup } from '../sessions/setup.ts';

type Members = Record<string, unknown>;

/** Runs with members on Object.prototype, as an earlier attack on the application leaves them there. */
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

/** `accepted`, or the code. No assertion of vitest works while the prototype is polluted. */
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
const valid = tokenOf(claims);
const forged = tokenOf({ sub: 'admin' }, {}, attackers);

// Created before anything is polluted.
const rs256 = createSigner(rsa().privateKey, { algorithm: 'RS256' })(claims);
const pem = rsa().publicKey.export({ format: 'pem', type: 'spki' }) as string;
const publicJwk = rsa().publicKey.export({ format: 'jwk' });

/** Tokens that every API rejects with these keys. */
const rejected: Record<string, [token: string, key: unknown, options?: Members]> = {
  expired: [tokenOf({ sub: 'ada', exp: 1 }), secret],
  unsigned: [unsigned(claims), secret],
  'unsigned, without a key': [unsigned(claims), undefined],
  'without alg': [forge({ typ: 'JWT' }, claims), secret],
  forged: [forged, secret],
  'forged, without a key': [forged, undefined],
  'a header that is not JSON': [forge('not JSON', claims), secret],
  'a payload that is not JSON': [tokenOf('not JSON'), secret],
  'a public key as secret': [forge({ alg: 'HS256' }, claims, pem), rsa().publicKey],
  'a public JWK as secret': [forged, publicJwk],
  'an empty object as key': [forged, {}],
};
for (const [option, value] of Object.entries({
  issuer: 'https://id.example',
  audience: 'api',
  subject: 'admin',
  jwtid: '1',
  nonce: 'n',
  maxAge: 60,
  typ: 'at+jwt',
})) {
  rejected[option] = [forge({ alg: 'HS256' }, {}), secret, { [option]: value }];
}

/** Members that JSON can put on Object.prototype, which is how applications are polluted. */
const pollutions: Members[] = [
  { exp: 99_999_999_999 },
  { iat: 1 },
  { nbf: 99_999_999_999 },
  { sub: 'admin' },
  { iss: 'https://id.example' },
  { aud: 'api' },
  { jti: '1' },
  { nonce: 'n' },
  { alg: 'HS256' },
  { alg: 'none' },
  { typ: 'at+jwt' },
  { kid: 'attacker' },
  { crit: ['exp'] },
  { b64: false },
  { jwk: { kty: 'oct', k: attackers.toString('base64url') } },
  { algorithms: ['none'] },
  { algorithms: ['HS256', 'RS256', 'none'] },
  { algorithm: 'none' },
  { issuer: 'https://id.example' },
  { audience: 'api' },
  { subject: 'admin' },
  { jwtid: '1' },
  { typ: [null] },
  { maxAge: 1e12 },
  { clockTolerance: 1e12 },
  { clockTimestamp: 0.5 },
  { ignoreExpiration: true },
  { ignoreNotBefore: true },
  { complete: true },
  { json: true },
  { encoding: 'hex' },
  { allowInsecureKeySizes: true },
  { allowInvalidAsymmetricKeyTypes: true },
  { maxTokenLength: 1 },
  { requiredClaims: ['x'] },
  { async: true },
  { header: { alg: 'none', typ: 'x' } },
  { keyid: 'attacker' },
  { expiresIn: 1e9 },
  { notBefore: 1e9 },
  { noTimestamp: true },
  { mutatePayload: true },
  { key: attackers.toString() },
  { kty: 'oct', k: attackers.toString('base64url') },
  { kty: 'oct' },
  { use: 'enc' },
  { key_ops: [] },
  { d: 'AQAB' },
  { passphrase: 'x' },
  { format: 'jwk' },
  { type: 'pkcs8' },
  { padding: 3 },
  { saltLength: 0 },
  { dsaEncoding: 'der' },
  { context: 'x' },
  { outputEncoding: 'hex' },
  { kind: 'none' },
  { object: null },
  { only: ['none'] },
  { only: ['HS256'] },
  { findKey: 'x' },
  { checkHeader: 'x' },
  { allowsKeyList: true },
  { schema: {} },
  { seconds: 5 },
  { whole: true },
  { unit: true },
  { fault: 'x' },
  { row: {} },
  { probe: 'x' },
  { curve: 'secp256k1' },
  { bits: 1 },
  { minBits: 1_000_000 },
  { verifyAsync: 'x' },
  { signAsync: 'x' },
  { issues: [] },
  { hash: 'sha1' },
  { length: 0 },
  { 0: 'none', 1: 'HS256' },
  { value: { alg: 'HS256', sub: 'admin', admin: true } },
  { get: 'x' },
  { set: 'x' },
  { writable: true },
  { enumerable: true },
  { configurable: false },
  Object.fromEntries([['then', 'x']]),
  { cause: 'x' },
  { code: 'x' },
  { claim: 'x' },
  { name: 'x', message: 'y' },
  { source: '.*', flags: 'g' },
  { '~standard': { version: 1, vendor: 'x', validate: 'x' } },
];

describe('members that JSON puts on Object.prototype', () => {
  const titled = pollutions.map(
    (members) => [Object.keys(members).join(' and '), members] as const,
  );

  test.each(titled)('make no API accept what it rejects: %s', async (_, members) => {
    const outcomes: Record<string, string> = {};
    await polluted(members, async () => {
      for (const { name, verify: run } of verifyApis) {
        for (const [title, [token, key, options]] of Object.entries(rejected)) {
          outcomes[`${title}, ${name}`] = await outcome(() => run(token, key, options));
        }
      }
    });
    const wrong = Object.entries(outcomes).filter(([, code]) => !code.startsWith('ERR_'));
    expect(wrong).toEqual([]);
  });

  test.each(titled)('add nothing to a result: %s', async (_, members) => {
    const results: string[] = [];
    const add = async (run: () => unknown) => {
      try {
        const entries = Object.entries((await run()) as Members).filter(([name]) => name !== 'iat');
        results.push(entries.map((entry) => entry.join('=')).join());
      } catch (error) {
        results.push(`rejected: ${(error as Error).message}`);
      }
    };
    await polluted(members, async () => {
      for (const { verify: run } of verifyApis) {
        await add(() => run(valid, secret));
        await add(() => run(rs256, rsa().publicKey));
      }
      for (const options of [undefined, {}, { json: false }]) {
        await add(() => decode(valid, options));
      }
    });
    expect([...new Set(results)]).toEqual(['sub=ada']);
  });

  test.each(titled)('add nothing to a signed token: %s', async (_, members) => {
    const options = { audience: ['a', 'b'], expiresIn: 60 };
    const tokens: string[] = [];
    await polluted(members, async () => {
      for (const create of [
        () => sign(claims, secret),
        () => sign(claims, rsa().privateKey, { algorithm: 'RS256' }),
        () => signAsync(claims, ec().privateKey, { algorithm: 'ES256' }),
        () => createSigner(secret)(claims),
        () => createSigner(ed25519().privateKey)(claims),
        () => sign(claims, secret, options),
        () => createSigner(secret, options)(claims),
      ]) {
        try {
          tokens.push(await create());
        } catch (error) {
          tokens.push(`rejected: ${(error as Error).message}`);
        }
      }
    });
    const summaries = tokens.map((token) => {
      if (token.startsWith('rejected')) return token;
      const payload = payloadOf(token);
      return `${Object.keys(headerOf(token))} ${Object.keys(payload)} ${payload.aud}`;
    });
    expect(summaries).toEqual([
      ...Array(5).fill('alg,typ sub,iat undefined'),
      ...Array(2).fill('alg,typ sub,iat,exp,aud a,b'),
    ]);
  });

  const readable = {
    passphrase: 'x',
    format: 'jwk',
    type: 'pkcs1',
    encoding: 'hex',
    kty: 'oct',
    d: 'AQAB',
    cipher: 'x',
    key: pem.replace('A', 'B'),
    crv: 'P-256',
    k: 'AA',
  };

  test.each(Object.entries(readable))(
    'do not change how key material is read: %s',
    async (name, value) => {
      const der = rsa().publicKey.export({ format: 'der', type: 'spki' });
      const keys = {
        pem,
        der,
        publicJwk,
        'PEM in a descriptor': { key: pem },
        'JWK in a descriptor': { key: publicJwk },
        'DER in a descriptor': { key: der },
      };
      const outcomes: Members = {};
      await polluted({ [name]: value }, async () => {
        for (const [form, key] of Object.entries(keys)) {
          outcomes[form] = await outcome(() => createVerifier(key as never)(rs256));
        }
      });
      const others = Object.entries(outcomes).filter(([, code]) => code !== 'accepted');
      // The JWK parser of Node.js copies into an object with a prototype: with a polluted `d` it reads a
      // public key as a broken private one, which is rejected.
      expect(others.every(([, code]) => code === 'ERR_KEY_INVALID')).toBe(true);
      expect(others.map(([form]) => form)).toEqual(
        name === 'd' ? ['publicJwk', 'JWK in a descriptor'] : [],
      );
    },
  );
});

describe('members that code puts on Object.prototype', () => {
  test('are not called in place of a key source', async () => {
    let calls = 0;
    const call = () => {
      calls++;
      return attackers;
    };
    const outcomes = await polluted(
      { findKey: call, checkHeader: call, key: attackers, resolveKey: call },
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
    expect(calls).toBe(0);
  });

  test('do not make one cache key for two keys', async () => {
    const [mine, theirs] = [7, 8].map((byte) => {
      return { kty: 'oct', k: Buffer.alloc(32, byte).toString('base64url') };
    });
    const token = sign({ sub: 'ada' }, theirs as never);
    const code = await polluted({ toJSON: () => 'one' }, async () => {
      await outcome(() => verify(token, theirs as never));
      return outcome(() => verify(token, mine as never));
    });
    expect(code).toBe('ERR_SIGNATURE_INVALID');
  });

  test('do not write the header or the claims as toJSON', async () => {
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

  test('receive no key and no token as setters', async () => {
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
      'findKey',
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
        await outcome(() => verify(valid, secret)),
        await outcome(() => createVerifier(secret)(valid)),
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

describe('a process that is polluted before it loads the library', async () => {
  const run = await childProcess();
  const calls = `
    const secret = Buffer.alloc(64, 1);
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const { createSigner, createVerifier, sign, verify } = await import('./jotkit.mjs');
    const codes = [];
    const add = (call) => { try { codes.push(call().sub); } catch (error) { codes.push(error.code ?? String(error)); } };
    for (const each of [secret, key]) {
      const token = createSigner(each)({ sub: 'ada' });
      add(() => createVerifier(each)(token));
      add(() => verify(sign({ sub: 'ada' }, each, { algorithm: each === key ? 'ES256' : 'HS256' }), each));
      add(() => createVerifier(each)(token.slice(0, -4) + 'AAAA'));
      add(() => createVerifier(each)('a.b'));
      add(() => createSigner(each, { expireIn: 1 }));
    }
    process.stdout.write(codes.join());`;
  const outcomes = [
    'ada',
    'ada',
    'ERR_SIGNATURE_INVALID',
    'ERR_TOKEN_MALFORMED',
    'ERR_OPTION_INVALID',
  ];

  test.each([
    ...['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'name', 'message'],
    ...['code', 'cause', 'claim', 'inner', 'stack', 'expected', 'values', 'alg', 'type'],
  ])('signs and verifies as ever with "%s" on Object.prototype', (name) => {
    const { stdout, stderr } = run(
      `
      import { generateKeyPairSync } from 'node:crypto';
      Object.defineProperty(Object.prototype, ${JSON.stringify(name)}, Object.assign(Object.create(null), {
        value: 'x', writable: true, enumerable: true, configurable: true,
      }));
      ${calls}`,
      false,
    );
    expect(stdout, stderr).toBe([...outcomes, ...outcomes].join());
  });

  test('signs and verifies as ever with frozen built-in prototypes', () => {
    const { stdout, stderr } = run(
      `
      import { generateKeyPairSync } from 'node:crypto';
      for (const { prototype } of [Object, Array, Function, Error, TypeError, Map, RegExp, Date]) Object.freeze(prototype);
      ${calls}`,
      false,
    );
    expect(stdout, stderr).toBe([...outcomes, ...outcomes].join());
  });
});

describe('members of Object.prototype', () => {
  test('name no session and no user to log out', async () => {
    const { sessions } = setup();
    const { uid, sid } = await sessions.issue('ada');
    const outcomes = [
      await polluted({ sid }, () => outcome(() => sessions.revoke({ uid } as never))),
      await polluted({ uid }, () => outcome(() => sessions.revoke({ sid } as never))),
    ];
    expect(outcomes).toEqual(Array(2).fill('ERR_OPTION_INVALID'));
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  test.each([
    ['redirect', 'https://evil.example/'],
    ['body', { admin: true }],
    ['uid', 'eve'],
    ['csrf', false],
    ['context', { ip: '192.0.2.1' }],
  ])('add nothing to the responses of sessions: %s', async (name, value) => {
    const { sessions } = setup();
    const login = () => ({ persistent: true }) as never;
    const handlers = createSessionHandlers({ sessions, login });
    const headers = { 'sec-fetch-site': 'same-origin' };
    // Created before: the constructor of Node.js reads polluted members.
    const request = new Request(`${ISSUER}/auth/login`, { method: 'POST', headers });
    const shapeOf = async (response: Response) => [response.status, await response.text()];
    const run = async () => [
      await shapeOf(await handlers.login(request, 'ada')),
      await outcome(() => handlers.handle(request)),
    ];
    const [clean, dirty] = [await run(), await polluted({ [name]: value }, run)];
    expect(dirty).toEqual(clean);
  });

  test.each([
    ['refresh', valid],
    ['persistent', false],
    ['until', valid],
    ['domain', 'evil.example'],
    ['lifetime', '1s'],
  ])('add nothing to the cookies of tokens: %s', async (name, value) => {
    const access = tokenOf({ sub: 'ada', exp: 2_000_000_000 });
    const headersOf = async () => {
      const clock = () => 1_999_999_940_000;
      const [headers, own] = [new Headers(), { access: { name: 'at' }, clock }];
      tokenCookies(own).set(headers, { access });
      headers.append('Set-Cookie', serializeTokenCookie(access, { clock, name: 'at' }));
      tokenCookies({ clock, refresh: { name: 'rt' } }).clear(headers);
      return headers.getSetCookie();
    };
    const [clean, dirty] = [await headersOf(), await polluted({ [name]: value }, headersOf)];
    expect(dirty).toEqual(clean);
  });
});
