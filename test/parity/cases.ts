/** Generated calls: mostly valid, with a few values that no caller should pass. */

import { createHmac, type KeyObject, sign as signBytes } from 'node:crypto';
import fc from 'fast-check';
import { keyOf, objectNames, pairs } from './keys.ts';

/** The frozen time of every case, in milliseconds; not a whole second. */
export const NOW = 1_700_000_000_500;
const SECOND = Math.floor(NOW / 1000);

export interface SignCase {
  readonly payload: unknown;
  readonly key: string;
  readonly options: unknown;
  /** The time in milliseconds. */
  readonly now: number;
}

export interface VerifyCase {
  readonly token: TokenCase;
  readonly key: string;
  readonly options: unknown;
  readonly now: number;
}

/** A token in the parts it is made of. */
export interface TokenCase {
  /** JSON text, mostly. */
  readonly header: string | Uint8Array;
  readonly payload: string | Uint8Array;
  readonly signer: Signer;
  readonly damage: Damage;
  /** Given in place of the text. */
  readonly instead?: { readonly value: unknown };
}

/** Who signs, and by which algorithm, whatever the header says. */
export interface Signer {
  readonly alg: string;
  readonly key: string;
}

export interface DecodeCase {
  readonly token: TokenCase;
  readonly options: unknown;
}

const text = fc.constantFrom(
  '',
  'a',
  'b',
  'abc',
  'https://issuer.example',
  'é',
  'ключ',
  '日本',
  ' ',
);

/** Of every type, for where they do not belong. */
const odd: fc.Arbitrary<unknown> = fc.constantFrom<unknown[]>(
  undefined,
  null,
  '',
  ' ',
  'abc',
  'undefined',
  '60',
  0,
  -0,
  1,
  -1,
  1.5,
  NaN,
  Infinity,
  -Infinity,
  1e308,
  true,
  false,
  {},
  { a: 1 },
  [],
  ['a'],
  [1],
  [undefined],
  [null],
  ['a', /b/],
  /a/,
  new Date(0),
  new Map(),
  Buffer.from('a'),
  () => 'a',
  Symbol.iterator,
  10n,
  new String('abc'),
  new Number(60),
  new Boolean(true),
);

const digits = fc.constantFrom(
  '0',
  '1',
  '60',
  '1.5',
  '.5',
  '-1',
  '-.5',
  '007',
  '1e3',
  '+1',
  '1.',
  '-',
  '',
);
const spaces = fc.constantFrom('', ' ', '   ', '\t', '\n');
const unit = fc.constantFrom(
  ...['', 'ms', 'msec', 'msecs', 'millisecond', 'milliseconds', 's', 'sec', 'secs', 'second'],
  ...['seconds', 'm', 'min', 'mins', 'minute', 'minutes', 'h', 'hr', 'hrs', 'hour', 'hours'],
  ...[
    'd',
    'day',
    'days',
    'w',
    'week',
    'weeks',
    'y',
    'yr',
    'yrs',
    'year',
    'years',
    'month',
    'H',
    'Days',
  ],
);

export const timespan: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(digits, spaces, unit).map((parts) => parts.join('')) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('1h', '15m', '7d', '2 days', '10s', '1000', '0s', '-1h'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ' 1h',
      '1h ',
      'abc',
      '1h 30m',
      '1',
      '9'.repeat(100),
      '9'.repeat(101),
    ),
  },
);

const seconds = fc.oneof(
  fc.constantFrom(-3600, -61, -60, -59, -1, -0.5, 0, -0, 0.5, 1, 59, 60, 61, 3600),
  fc.integer({ min: -5, max: 5 }),
);

const moment = seconds.map((offset) => SECOND + offset);

const oftenSound = (sound: fc.Arbitrary<unknown>, weight = 5): fc.Arbitrary<unknown> =>
  fc.oneof({ weight, arbitrary: sound }, { weight: 1, arbitrary: odd });

type Values = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** An object of some of these members, in any order, on one prototype or the other. */
function someOf(values: Values, maxLength: number): fc.Arbitrary<Record<string, unknown>> {
  const member = fc
    .constantFrom(...Object.keys(values))
    .chain((name) => (values[name] ?? odd).map((value): [string, unknown] => [name, value]));
  return fc.array(member, { maxLength }).map((members) => withMembers({}, members));
}

function withMembers(target: object, members: Iterable<readonly [string, unknown]>) {
  for (const [name, value] of members) {
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return target as Record<string, unknown>;
}

const PROTOTYPE_NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];
const prototypeMembers = Object.fromEntries(
  PROTOTYPE_NAMES.map((name) => [name, fc.constantFrom<unknown[]>(1, 'a', { a: 1 })]),
);
const rarely = (values: Values): fc.Arbitrary<Values> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constant(values) },
    {
      weight: 1,
      // Without a prototype, so that `__proto__` is a name like any other.
      arbitrary: fc.constant(
        withMembers(Object.create(null), [
          ...Object.entries(values),
          ...PROTOTYPE_NAMES.map((name) => [name, prototypeMembers[name]] as const),
        ]) as Values,
      ),
    },
  );

class Account {
  sub = 'ada';
}

class Circle {
  self = this;
}

const tagged = { sub: 'ada', [Symbol.toStringTag]: 'Claims' };
const circular: Record<string, unknown> = { ...new Circle() };
circular['self'] = circular;

const claims: Values = {
  iat: oftenSound(fc.oneof(moment, fc.constantFrom(0, 1, 1e3, SECOND, SECOND + 0.25)), 12),
  exp: oftenSound(moment, 12),
  nbf: oftenSound(moment, 12),
  aud: fc.oneof(text, fc.constantFrom<unknown[]>(['a', 'b'], undefined, null, [], 5)),
  iss: fc.oneof(text, fc.constantFrom<unknown[]>(undefined, null, ['a'], 5)),
  sub: fc.oneof(text, fc.constantFrom<unknown[]>(undefined, null, 5)),
  jti: fc.oneof(text, fc.constantFrom<unknown[]>(undefined, null, 5)),
  nonce: text,
  typ: text,
  data: fc.jsonValue({ maxDepth: 3 }),
  odd,
  toJSON: fc.constant(() => ({ sub: 'from toJSON' })),
  é: text,
  '': text,
  '10': text,
};

const plainPayload = rarely(
  Object.fromEntries(Object.entries(claims).filter(([name]) => name !== 'toJSON')),
).chain((values) => someOf(values, 5));

const payload: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 40, arbitrary: plainPayload },
  { weight: 2, arbitrary: someOf(claims, 4) },
  {
    weight: 2,
    arbitrary: plainPayload.map((members) => Object.assign(Object.create(null), members)),
  },
  { weight: 6, arbitrary: fc.oneof(text, fc.string(), fc.string({ unit: 'binary' })) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<unknown[]>(
      ...[undefined, null, 0, 1, -1.5, NaN, true, false, 5n, Symbol.iterator, () => 'a'],
      ...[
        [],
        ['a'],
        new Date(0),
        new Map(),
        new Uint8Array(3),
        new String('a'),
        /a/,
        new Account(),
      ],
      ...[circular, tagged, '{"sub":"ada"}', '[1]', '123', '"a"', Object.create({ sub: 'ada' })],
      ...[new Error('a'), Object.create(null), new Proxy({ sub: 'ada' }, {})],
    ),
  },
);

const ALGORITHMS = [
  ...['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'none'],
];
const STRANGE_ALGORITHMS = [
  ...['ES256K', 'EdDSA', 'Ed25519', 'Ed448', 'HS', 'HS999', 'RS1', 'PS999', 'ES999', 'hs256'],
  ...['None', 'NONE', 'foo', '', 'constructor', 'HS256 ', 'S256'],
];

const strangeHeader: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...STRANGE_ALGORITHMS).map((alg) => ({ alg })) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown[]>(
      ...[{ alg: 'HS384' }, { alg: 'none' }, { alg: 'RS256' }, { alg: undefined }, { alg: 5 }],
      ...[{ alg: null }, { alg: ['HS256'] }, { toJSON: () => ({ alg: 'HS256' }) }, new Map()],
      ...[Object.assign(Object.create(null), { kid: 'bare' }), new Account(), ['a'], 'ab'],
    ),
  },
  { weight: 1, arbitrary: odd },
);

const header: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 8,
    arbitrary: someOf(
      {
        typ: fc.constantFrom<unknown[]>('JWT', 'at+jwt', 'jwt', undefined, null, 5, ''),
        kid: fc.oneof(text, fc.constantFrom<unknown[]>(undefined, null, 5)),
        cty: text,
        x5c: fc.constant(['a', 'b']),
        crit: fc.constantFrom<unknown[]>(['exp'], [], 'a'),
        b64: fc.boolean(),
        '1': text,
        é: text,
      },
      3,
    ),
  },
  { weight: 3, arbitrary: strangeHeader },
);

const signOptions: Values = {
  expiresIn: oftenSound(fc.oneof(timespan, seconds), 12),
  notBefore: oftenSound(fc.oneof(timespan, seconds), 12),
  audience: oftenSound(fc.oneof(text, fc.constantFrom([], ['a', 'b'])), 12),
  issuer: oftenSound(text, 12),
  subject: oftenSound(text, 12),
  jwtid: oftenSound(text, 12),
  keyid: oftenSound(text, 12),
  encoding: oftenSound(
    fc.constantFrom('utf8', 'latin1', 'hex', 'base64', 'utf16le', 'ascii', 'foo'),
  ),
  header: oftenSound(header, 12),
  noTimestamp: oftenSound(fc.boolean(), 12),
  mutatePayload: oftenSound(fc.boolean(), 12),
  allowInsecureKeySizes: oftenSound(fc.boolean(), 12),
  allowInvalidAsymmetricKeyTypes: oftenSound(fc.boolean(), 12),
};

const unknownOptions: Values = { foo: odd, algorithms: odd, exp: odd, Algorithm: odd };

const oddOptions: fc.Arbitrary<unknown> = fc.oneof(
  odd.filter((value) => typeof value !== 'function'),
  fc.constantFrom<unknown[]>(new Account(), Object.create({ algorithm: 'none' }), ['algorithm']),
);

/** Options of sign with this `algorithm`, or what is not options at all. */
function signOptionsWith(algorithm: fc.Arbitrary<unknown>, maxLength: number) {
  const rest = fc
    .oneof(
      { weight: 12, arbitrary: fc.constant(signOptions) },
      { weight: 1, arbitrary: fc.constant({ ...signOptions, ...unknownOptions }) },
    )
    .chain(rarely)
    .chain((values) => someOf(values, maxLength));
  const named = fc.tuple(algorithm, rest, fc.boolean()).map(([name, others, first]) => {
    if (name === undefined) return others;
    const members = [...Object.entries(others)];
    if (first) members.unshift(['algorithm', name]);
    else members.push(['algorithm', name]);
    return withMembers({}, members);
  });
  return fc.oneof(
    { weight: 30, arbitrary: named },
    { weight: 1, arbitrary: named.map((options) => Object.assign(Object.create(null), options)) },
    { weight: 2, arbitrary: oddOptions },
  );
}

const hmacName = fc.constantFrom<unknown[]>(
  ...[undefined, 'HS256', 'HS384', 'HS512'],
  ...[undefined, 'HS256', 'HS384', 'HS512'],
  'none',
);

/** Payloads and options of every kind, signed with a secret. */
export const signWithSecret: fc.Arbitrary<SignCase> = fc
  .tuple(
    payload,
    fc.oneof(
      { weight: 30, arbitrary: fc.constant('secret KeyObject') },
      { weight: 1, arbitrary: fc.constantFrom('undefined', 'empty text', '0', 'rsa public') },
    ),
    signOptionsWith(hmacName, 4),
  )
  .map(([given, key, options]) => ({ payload: given, key, options, now: NOW }));

const anyAlgorithm: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...ALGORITHMS) },
  { weight: 2, arbitrary: fc.constantFrom(...STRANGE_ALGORITHMS) },
  { weight: 1, arbitrary: odd },
);

const soundPayload = fc.constantFrom<unknown[]>(
  { sub: 'ada' },
  {},
  'text',
  { exp: 1, iat: 5 },
  null,
);

/** Keys of every kind with algorithms of every kind. */
export function signWithKeys(names: readonly string[]): fc.Arbitrary<SignCase> {
  return fc
    .tuple(soundPayload, fc.constantFrom(...names), signOptionsWith(anyAlgorithm, 1))
    .map(([given, key, options]) => ({ payload: given, key, options, now: NOW }));
}

/** The algorithms that suit the pairs, so that most signatures are of their kind. */
const suitable: Readonly<Record<string, readonly string[]>> = {
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'rsa-1024': ['RS256', 'PS256'],
  'rsa-pss-256': ['PS256'],
  'rsa-pss-384': ['PS384'],
  'rsa-pss-512': ['PS512'],
  'rsa-pss-open': ['PS256'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  secp256k1: ['ES256K'],
  ed25519: ['EdDSA'],
  ed448: ['EdDSA'],
};

const secretSigner: Signer = { alg: 'HS256', key: 'secret KeyObject' };

const signers: readonly Signer[] = [
  ...['HS256', 'HS384', 'HS512'].map((alg) => ({ alg, key: 'secret KeyObject' })),
  ...Object.entries(suitable).flatMap(([key, algs]) => algs.map((alg) => ({ alg, key }))),
  { alg: 'none', key: 'undefined' },
];

/** How a token was damaged on its way. */
export interface Damage {
  readonly kind: (typeof damages)[number];
  /** Where, as a part of the length. */
  readonly at: number;
  readonly part: number;
  readonly character: string;
}

const damages = [
  'nothing',
  'replaced',
  'removed',
  'inserted',
  'appended',
  'last character',
  'cut',
  'part emptied',
  'parts swapped',
  'part repeated',
  'part dropped',
] as const;

const whole: Damage = { kind: 'nothing', at: 0, part: 0, character: 'A' };

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom(...damages),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  part: fc.nat(2),
  character: fc.constantFrom(
    'A',
    'B',
    'Q',
    '_',
    '-',
    '=',
    '+',
    '/',
    ' ',
    '\n',
    '.',
    'é',
    '\u{1d7d8}',
    '\0',
  ),
});

/** The text of a token; signatures are made once for each text, because RSA is slow. */
export function textOf(token: TokenCase): unknown {
  if (token.instead) return token.instead.value;
  const input = `${encode(token.header)}.${encode(token.payload)}`;
  return damaged(`${input}.${signatureOf(token.signer, input)}`, token.damage);
}

function encode(bytes: string | Uint8Array): string {
  return Buffer.from(bytes as string).toString('base64url');
}

const signatures = new Map<string, string>();

function signatureOf({ alg, key }: Signer, input: string): string {
  if (alg === 'none') return '';
  const hash = `sha${alg === 'ES256K' ? 256 : alg.slice(2)}`;
  if (alg.startsWith('HS')) {
    const secret = keyOf(key).input as KeyObject;
    return createHmac(hash, secret).update(input).digest('base64url');
  }
  const name = `${alg} ${key} ${input}`;
  const known = signatures.get(name);
  if (known !== undefined) return known;
  const pair = pairs[key]?.();
  if (!pair) throw new Error(`no pair is named ${key}`);
  const scheme = alg.startsWith('PS')
    ? { padding: 6, saltLength: -1 }
    : alg.startsWith('ES')
      ? { dsaEncoding: 'ieee-p1363' as const }
      : {};
  const bytes = signBytes(alg === 'EdDSA' ? null : hash, Buffer.from(input), {
    key: pair.privateKey,
    ...scheme,
  });
  const made = bytes.toString('base64url');
  signatures.set(name, made);
  return made;
}

function damaged(token: string, { kind, at, part, character }: Damage): string {
  const parts = token.split('.');
  const place = Math.floor(at * token.length);
  switch (kind) {
    case 'nothing':
      return token;
    case 'replaced':
      return token.slice(0, place) + character + token.slice(place + 1);
    case 'removed':
      return token.slice(0, place) + token.slice(place + 1);
    case 'inserted':
      return token.slice(0, place) + character + token.slice(place);
    case 'appended':
      parts[part] += character;
      return parts.join('.');
    case 'last character':
      parts[part] = parts[part]?.slice(0, -1) + character;
      return parts.join('.');
    case 'cut':
      return token.slice(0, place);
    case 'part emptied':
      parts[part] = '';
      return parts.join('.');
    case 'parts swapped':
      return parts.reverse().join('.');
    case 'part repeated':
      return [...parts, parts[part]].join('.');
    case 'part dropped':
      parts.splice(part, 1);
      return parts.join('.');
  }
}

/** What JSON.stringify cannot say. */
const rawClaims = fc.constantFrom(
  '{"exp":1e400}',
  '{"nbf":1e400}',
  '{"nbf":-1e400}',
  '{"iat":1e400}',
  '{"iat":-0}',
  '{"exp":1,"exp":9999999999}',
  '{"sub":"a","\\u0073ub":"b"}',
  '{"__proto__":{"sub":"ada"}}',
  '{"a":{"__proto__":1}}',
  '{"constructor":1,"toString":2}',
  `{"a":${'['.repeat(63)}${']'.repeat(63)}}`,
  `{"a":${'['.repeat(64)}${']'.repeat(64)}}`,
  ' {"sub" : "ada"} ',
);

const oddPayload: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 3, arbitrary: rawClaims },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        'null',
        '123',
        'true',
        'false',
        '0',
        '""',
        '"text"',
        '"123"',
        '[]',
        '[1,"a"]',
        'text',
        '',
      ],
      ...[
        '"{\\"sub\\":\\"ada\\"}"',
        '"[1]"',
        '{',
        '{"a":1}x',
        'é',
        '\ufeff{"sub":"ada"}',
        'a:b',
        '{}',
      ],
      ...['"\\"a\\""', '[{"a":1,"a":2}]', '['.repeat(65), '"a', 'undefined', 'NaN'],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      new Uint8Array([0xff]),
      new Uint8Array([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]),
      new Uint8Array([0x22, 0xc3, 0x28, 0x22]),
      new Uint8Array([0xed, 0xa0, 0x80]),
    ),
  },
);

const writtenClaims = someOf(
  {
    iat: oftenSound(fc.oneof(moment, fc.constantFrom(0, SECOND, SECOND - 60)), 12),
    exp: oftenSound(moment, 12),
    nbf: oftenSound(moment, 12),
    aud: oftenSound(fc.constantFrom<unknown[]>('a', 'b', '', ['a'], ['b', 'a'], [], [5], ['', 5])),
    iss: oftenSound(fc.constantFrom('a', 'b', ''), 8),
    sub: oftenSound(fc.constantFrom('a', 'b', ''), 8),
    jti: oftenSound(fc.constantFrom('a', 'b', ''), 8),
    nonce: oftenSound(fc.constantFrom('a', 'b', '', ' '), 8),
    data: fc.jsonValue({ maxDepth: 2 }),
    é: text,
  },
  6,
).map(inJson);

/** JSON text; members that JSON cannot hold are left out. */
function inJson(members: Record<string, unknown>): string {
  return JSON.stringify(members, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
}

const extraMembers = someOf(
  {
    typ: fc.constantFrom<unknown[]>('JWT', 'jwt', 'at+jwt', 'application/jwt', null, 5, '', [
      'JWT',
    ]),
    kid: fc.constantFrom<unknown[]>('k', '', 'é', 'ключ', 5, null, 'a\nb', 'x'.repeat(300)),
    crit: fc.constantFrom<unknown[]>(['exp'], [], 'exp', null, ['b64']),
    b64: fc.constantFrom<unknown[]>(true, false, 1, null),
    jwk: fc.constant({ kty: 'oct', k: 'AAAA' }),
    cty: text,
    é: text,
  },
  2,
);

/** The JSON text of a header that names the algorithm of the signer, mostly. */
function headerFor(signer: Signer): fc.Arbitrary<string | Uint8Array> {
  const usual = fc.constantFrom(
    `{"alg":"${signer.alg}","typ":"JWT"}`,
    `{"alg":"${signer.alg}","typ":"JWT"}`,
    `{"alg":"${signer.alg}"}`,
    `{"alg":"${signer.alg}","typ":"JWT","kid":"k"}`,
  );
  const alg: fc.Arbitrary<unknown> = fc.oneof(
    { weight: 4, arbitrary: fc.constant(signer.alg) },
    { weight: 1, arbitrary: anyAlgorithm.filter((name) => typeof name !== 'bigint') },
  );
  return fc.oneof(
    { weight: 12, arbitrary: usual },
    {
      weight: 4,
      arbitrary: fc.tuple(alg, extraMembers).map(([name, rest]) => inJson({ alg: name, ...rest })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<(string | Uint8Array)[]>(
        ...[
          'null',
          'true',
          '1',
          '0',
          '""',
          '"alg"',
          '[]',
          '{}',
          'text',
          '',
          '\ufeff{"alg":"HS256"}',
        ],
        ...[
          '{"alg":"none","alg":"HS256"}',
          '{"alg":"HS256","__proto__":{"typ":"JWT"}}',
          '[{"alg":1}]',
        ],
        ...['{"typ":"JWT"}', '{"constructor":1,"alg":"HS256"}', ' {"alg":"HS256"}'],
        `{"alg":"HS256","a":${'['.repeat(64)}${']'.repeat(64)}}`,
        new Uint8Array([...Buffer.from('{"alg":"HS256","kid":"'), 0xe9, ...Buffer.from('"}')]),
      ),
    },
  );
}

const matcher = fc.constantFrom<unknown[]>(
  ...['a', 'b', '', /a/, /./, /^b$/, /a/g, /a/y, /undefined/, 5],
  ...[['a'], ['b', 'c'], [], [/a/, 'b'], [5], [''], [/a/g, /b/y], [undefined], [['a']], [null]],
);

const verifyOptions: Values = {
  algorithms: oftenSound(
    fc.constantFrom<unknown[]>(
      ...[
        ['HS256'],
        ['HS256', 'HS384', 'HS512'],
        ['HS256', 'none'],
        ['none'],
        [],
        'HS256',
        'HS2567',
      ],
      ...[['RS256'], ['hs256'], 'xHS256x', ['HS256', 5], ['ES256'], [undefined], ['HS999', 'foo']],
    ),
    8,
  ),
  audience: oftenSound(matcher, 8),
  issuer: oftenSound(
    fc.constantFrom<unknown[]>('a', 'b', '', ['a'], ['b', 'a'], [], [''], [5], [undefined]),
    8,
  ),
  subject: oftenSound(fc.constantFrom('a', 'b', ''), 8),
  jwtid: oftenSound(fc.constantFrom('a', 'b', ''), 8),
  nonce: oftenSound(fc.constantFrom('a', 'b', '', ' ', '\u00a0'), 8),
  maxAge: oftenSound(fc.oneof(timespan, seconds), 8),
  clockTimestamp: oftenSound(fc.oneof(moment, fc.constantFrom(0, 1)), 8),
  clockTolerance: oftenSound(
    fc.oneof(seconds, fc.constantFrom<unknown[]>(Infinity, '60', '0', '1m', '-5', '1.5'), timespan),
    8,
  ),
  ignoreExpiration: oftenSound(fc.boolean(), 8),
  ignoreNotBefore: oftenSound(fc.boolean(), 8),
  complete: oftenSound(fc.boolean(), 8),
  allowInvalidAsymmetricKeyTypes: oftenSound(fc.boolean(), 8),
  foo: odd,
  algorithm: odd,
  json: fc.boolean(),
};

const someVerifyOptions: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 30, arbitrary: someOf(verifyOptions, 4) },
  {
    weight: 1,
    arbitrary: someOf(verifyOptions, 4).map((given) => Object.assign(new Account(), given)),
  },
  { weight: 1, arbitrary: someOf(verifyOptions, 2).map((given) => Object.create(given)) },
  { weight: 2, arbitrary: oddOptions },
);

const payloadText: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 8, arbitrary: writtenClaims },
  { weight: 1, arbitrary: oddPayload },
);

function tokenOf(
  signer: Signer,
  payloads: fc.Arbitrary<string | Uint8Array>,
  hurt: fc.Arbitrary<Damage>,
): fc.Arbitrary<TokenCase> {
  return fc
    .tuple(headerFor(signer), payloads, hurt)
    .map(([given, body, harm]) => ({ header: given, payload: body, signer, damage: harm }));
}

/** Claims and rules about them, on tokens that were signed with the secret. */
export const verifyClaims: fc.Arbitrary<VerifyCase> = fc
  .tuple(tokenOf(secretSigner, payloadText, fc.constant(whole)), someVerifyOptions)
  .map(([token, options]) => ({ token, key: 'secret KeyObject', options, now: NOW }));

const oddToken: fc.Arbitrary<unknown> = fc.oneof(
  odd,
  fc.constantFrom<unknown[]>(
    ...['.', '..', '...', 'a.b.c', 'a..b', '.a.b', 'a.b.', 'eyJhbGciOiJIUzI1NiJ9.e30', 'a.b.c.d.e'],
    ...['eyJhbGciOiJIUzI1NiJ9.e30.', ' eyJhbGciOiJIUzI1NiJ9.e30.', 'eyJhbGciOiJIUzI1NiJ9.e30.\n'],
    ...[['a.b.c'], { toString: () => 'a.b.c' }, new String('a.b.c'), Buffer.from('a.b.c')],
  ),
);

const shapes: fc.Arbitrary<TokenCase> = fc.oneof(
  { weight: 10, arbitrary: tokenOf(secretSigner, payloadText, damage) },
  { weight: 2, arbitrary: tokenOf({ alg: 'ES256', key: 'P-256' }, fc.constant('{}'), damage) },
  { weight: 3, arbitrary: tokenOf(secretSigner, oddPayload, fc.constant(whole)) },
  {
    weight: 1,
    arbitrary: oddToken.map((value) => ({
      header: '',
      payload: '',
      signer: secretSigner,
      damage: whole,
      instead: { value },
    })),
  },
);

/** Tokens that were damaged, or never were any. */
export const verifyShapes: fc.Arbitrary<VerifyCase> = shapes.chain((token) =>
  fc
    .constantFrom<unknown[]>(undefined, {}, { complete: true }, { algorithms: ['HS256', 'ES256'] })
    .map((options) => ({
      token,
      key: token.signer.alg === 'ES256' ? 'P-256 public' : 'secret KeyObject',
      options,
      now: NOW,
    })),
);

const keyOptions = someOf(
  {
    algorithms: oftenSound(
      fc.oneof(
        fc.subarray(ALGORITHMS, { minLength: 1 }),
        fc.subarray([...ALGORITHMS, ...STRANGE_ALGORITHMS], { minLength: 1 }),
        fc.constantFrom<unknown[]>('RS256', 'ES256,RS256', ['none']),
      ),
      12,
    ),
    allowInvalidAsymmetricKeyTypes: fc.boolean(),
    complete: fc.boolean(),
  },
  2,
);

/** Keys of every kind for tokens of every algorithm. */
export function verifyKeys(names: readonly string[]): fc.Arbitrary<VerifyCase> {
  const anyKey = fc.constantFrom(...names);
  return fc.constantFrom(...signers).chain((signer) => {
    const own = names.filter((name) => name.startsWith(`${signer.key} `) || name === signer.key);
    const fitting = own.length > 0 ? fc.constantFrom(...own) : anyKey;
    return fc
      .tuple(
        tokenOf(signer, fc.constantFrom('{"sub":"ada"}', '{"exp":1}', 'text'), mostlyWhole),
        fc.oneof({ weight: 2, arbitrary: fitting }, { weight: 1, arbitrary: anyKey }),
        keyOptions,
      )
      .map(([token, key, options]) => ({ token, key, options, now: NOW }));
  });
}

const mostlyWhole = fc.oneof(
  { weight: 8, arbitrary: fc.constant(whole) },
  { weight: 1, arbitrary: damage },
  { weight: 1, arbitrary: fc.constant<Damage>({ ...whole, kind: 'part emptied', part: 2 }) },
);

const decodeOptions: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(undefined),
  someOf(
    {
      complete: oftenSound(fc.boolean(), 8),
      json: oftenSound(fc.boolean(), 8),
      encoding: fc.constantFrom('utf8', 'latin1', 'foo'),
      foo: odd,
    },
    3,
  ),
  oddOptions,
);

/** Tokens of every shape, to be read only. */
export const decodeCases: fc.Arbitrary<DecodeCase> = fc
  .tuple(
    fc.oneof(
      { weight: 2, arbitrary: tokenOf(secretSigner, payloadText, fc.constant(whole)) },
      { weight: 2, arbitrary: shapes },
    ),
    decodeOptions,
  )
  .map(([token, options]) => ({ token, options }));

export { objectNames };
