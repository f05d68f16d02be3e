/** Generated tokens for the playground: what is typed into its form, and the arguments of `explain`. */

import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { type Algorithm, allAlgorithms, rowOf } from '../../src/core/keys/algorithms.ts';
import type { KeyInput, KeySource } from '../../src/core/keys/key-input.ts';
import type { VerifierOptions } from '../../src/core/verify/verifier-options.ts';
import { createLocalJwks, exportJwk, exportPem } from '../../src/jwk/index.ts';
import { ec, ed25519, type KeyPair, rsa, secret } from '../fixtures/keys.ts';
import { NOW, segment } from '../fixtures/tokens.ts';

export interface PlaygroundCase {
  readonly token: string;
  /** Values of the text fields by their id. */
  readonly form: Readonly<Record<string, string>>;
  readonly algorithms: readonly Algorithm[];
  /** Undefined if no key is pasted. */
  readonly key: KeyInput | KeySource | undefined;
  readonly options: VerifierOptions;
}

/** What is pasted, its encoding in the form, and the same for `explain`. */
type KeyForm = readonly [text: string, encoding: string, key: KeyInput | KeySource | undefined];

interface Family {
  readonly alg: Algorithm;
  /** Algorithms that fit its keys. */
  readonly allowed: readonly Algorithm[];
  readonly signer: KeyObject;
  readonly forger: KeyObject;
  readonly keys: readonly KeyForm[];
}

const NO_KEY: KeyForm = ['', 'text', undefined];

function secretFamily(): Family {
  const text = 'a secret of the playground, of 32 bytes or more';
  const bytes = Buffer.from(text);
  const jwk = { kty: 'oct', k: bytes.toString('base64url'), alg: 'HS256' };
  return {
    alg: 'HS256',
    allowed: ['HS256'],
    signer: createSecretKey(bytes),
    forger: createSecretKey(secret),
    keys: [
      [text, 'text', text],
      [bytes.toString('base64'), 'base64url', bytes],
      [JSON.stringify(jwk), 'text', jwk],
      NO_KEY,
    ],
  };
}

function publicFamily(alg: Algorithm, others: Algorithm[], pair: KeyPair, forger: KeyPair): Family {
  const jwk = exportJwk(pair.publicKey);
  const pem = exportPem(pair.publicKey);
  const keys = [
    { ...exportJwk(ec('P-384').publicKey), kid: 'other' },
    { kty: 'oct', k: 'c2VjcmV0', kid: 'secret' },
    { ...exportJwk(forger.publicKey), kid: 'forger' },
    { ...jwk, kid: 'main' },
    { ...jwk, kid: 'encryption', use: 'enc' },
  ];
  return {
    alg,
    // The form has them in this order.
    allowed: allAlgorithms.filter((name) => name === alg || others.includes(name)),
    signer: pair.privateKey,
    forger: forger.privateKey,
    keys: [
      [pem, 'text', pem],
      [JSON.stringify(jwk), 'text', jwk],
      [JSON.stringify({ keys }), 'text', createLocalJwks({ keys })],
      NO_KEY,
    ],
  };
}

const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

const families: readonly Family[] = [
  secretFamily(),
  publicFamily('RS256', ['PS256', 'RS512'], rsa(), otherRsa),
  publicFamily('PS256', ['RS256'], rsa(), otherRsa),
  publicFamily('ES256', [], ec(), generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  publicFamily('EdDSA', ['Ed25519'], ed25519(), generateKeyPairSync('ed25519')),
];

/** Members of the header beside `alg`. Strings replace the header. */
const headers: readonly (object | string)[] = [
  {},
  { typ: 'JWT' },
  { typ: 'application/AT+JWT' },
  { typ: 7 },
  { kid: 'main' },
  { kid: 'forger' },
  { kid: 'secret' },
  { kid: 'unknown <b>' },
  { kid: 'line\nbreak' },
  { kid: 5 },
  { crit: ['exp'], exp: 1 },
  { b64: false },
  { alg: 'none' },
  { alg: 'HS256' },
  { alg: ['RS256'] },
  '{"alg":"ES256","alg":"none"}',
  '[]',
  'null',
  '{"alg":',
];

const claims = fc.record(
  {
    exp: fc.constantFrom<unknown>(NOW - 3, NOW, NOW + 60, NOW + 0.5, 'soon', null),
    nbf: fc.constantFrom<unknown>(NOW - 60, NOW + 3, NOW * 1000, true),
    iat: fc.constantFrom<unknown>(NOW - 7200, NOW - 1, NOW + 90, 'now'),
    aud: fc.constantFrom<unknown>('api', 'web', ['web', 'api'], ['api', 1], [], {}),
    iss: fc.constantFrom<unknown>('https://id.example', 'https://id.example/', ['a'], '\u202eevil'),
    sub: fc.constantFrom<unknown>('ada', '', '<img src=x onerror=alert(1)>', { __proto__: null }),
  },
  { requiredKeys: [] },
);

const payloads = fc.oneof(
  { weight: 8, arbitrary: claims.map((value) => JSON.stringify(value)) },
  fc.constantFrom<string | Uint8Array>(
    '{"sub":"ada","sub":"eve"}',
    '{"sub":"ada","s\\u0075b":"eve"}',
    '{"exp":1e400}',
    '{"__proto__":{"exp":1}}',
    '{"sub":"\ufffd"}',
    '"text"',
    'null',
    '[1]',
    '{',
    `${'['.repeat(65)}${']'.repeat(65)}`,
    `{"a":${'{"a":'.repeat(70)}1${'}'.repeat(70)}}`,
    Buffer.from([0x7b, 0xff, 0x7d]),
    Buffer.from('\ufeff{"sub":"ada"}'),
  ),
);

const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);

/** What happens to the three parts of a signed token. */
const changes: ReadonlyArray<(parts: [string, string, string]) => string> = [
  ...Array.from({ length: 12 }, () => (parts: string[]) => parts.join('.')),
  ([header, payload, signature]) => `${header}.${payload}.${flip(signature)}`,
  ([header, payload]) => `${header}.${payload}.`,
  ([header, payload]) => `${header}.${payload}.c2ln`,
  ([header, payload]) => `${header}.${payload}`,
  ([header, , signature]) => `${header}..${signature}`,
  (parts) => `${parts.join('.')}=`,
  (parts) => `Bearer ${parts.join('.')}`,
  (parts) => `"${parts.join('.')}"`,
  (parts) => ` ${parts.join('.')}`,
  (parts) => `${parts.join('.')}.`,
  (parts) => `${parts.join('.')}.a.b`,
  ([header, payload, signature]) => `${header}.${payload.replace('e', '+')}.${signature}`,
  ([header, payload, signature]) => `${header}.${payload}.${signature.slice(0, -1)}é`,
  ([header, payload, signature]) => `${header}x.${payload}.${signature}`,
  ([header, payload, signature]) => `${header}.${payload}.${signature.slice(0, -1)}`,
  ([header, payload, signature]) => `${header}.${payload}.${signature}AAAA`,
  () => 'undefined',
  () => 'a'.repeat(65_537),
];

/** Options as they are typed, with their values. */
const optionFields: Readonly<Record<string, ReadonlyArray<readonly [string, unknown]>>> = {
  issuer: [
    ['https://id.example', ['https://id.example']],
    ['https://a.example, https://id.example', ['https://a.example', 'https://id.example']],
  ],
  audience: [
    ['api', ['api']],
    ['web, api', ['web', 'api']],
  ],
  subject: [['ada', 'ada']],
  typ: [
    ['JWT', ['JWT']],
    ['at+jwt, null', ['at+jwt', null]],
  ],
  requiredClaims: [
    ['sub', ['sub']],
    ['iat, exp', ['iat', 'exp']],
  ],
  maxAge: [
    ['1h', '1h'],
    ['60', 60],
  ],
  clockTolerance: [
    ['5s', '5s'],
    ['2.5', 2.5],
  ],
};

const options = fc.record(
  Object.fromEntries(
    Object.entries(optionFields).map(([name, values]) => [name, fc.constantFrom(...values)]),
  ),
  { requiredKeys: [] },
);

/** Right in all but some options. */
const VALID = {
  keyIndex: 0,
  header: { typ: 'JWT', kid: 'main' },
  payload: JSON.stringify({
    exp: NOW + 60,
    iat: NOW - 1,
    aud: ['web', 'api'],
    iss: 'https://id.example',
    sub: 'ada',
  }),
  change: (parts: string[]) => parts.join('.'),
  isForged: false,
  isNarrow: false,
};

const cases = fc
  .record({
    isValid: fc.constantFrom(true, false, false),
    family: fc.constantFrom(...families),
    keyIndex: fc.constantFrom(0, 0, 1, 1, 2, 2, 3),
    header: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, fc.constantFrom(...headers)),
    payload: payloads,
    change: fc.constantFrom(...changes),
    isForged: fc.constantFrom(false, false, false, true),
    isNarrow: fc.boolean(),
    options,
  })
  .map(({ family, options, isValid, ...generated }) => {
    const { keyIndex, header, payload, change, isForged, isNarrow } = isValid
      ? { ...VALID, keyIndex: generated.keyIndex }
      : generated;
    const { alg, allowed, signer, forger, keys } = family;
    const head = segment(typeof header === 'string' ? header : { alg, ...header });
    const body = segment(payload);
    const signature = rowOf(alg)
      .bind(isForged ? forger : signer)
      .sign(`${head}.${body}`);
    const [text, encoding, key] = keys[keyIndex] as KeyForm;
    const algorithms = isNarrow ? allowed.slice(-1) : allowed;
    const values = Object.entries(options) as [string, readonly [string, unknown]][];
    const typed = values.map(([name, [typed]]) => [name, typed]);
    return {
      token: change([head, body, signature]),
      form: { key: text, encoding, ...Object.fromEntries(typed) },
      algorithms,
      key,
      options: {
        algorithms,
        ...Object.fromEntries(values.map(([name, [, value]]) => [name, value])),
      },
    } satisfies PlaygroundCase;
  });

export function playgroundCases(count: number): PlaygroundCase[] {
  return fc.sample(cases, { numRuns: count, seed: 20_261_129 });
}
