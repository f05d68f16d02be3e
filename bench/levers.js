/** Measures each lever of a call beside what it replaced: `node bench/levers.js`, a word of its name for one of them. */

import assert from 'node:assert';
import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { quantile } from './quantile.js';
import { turnOf } from './turn.js';

const ROUNDS = 15;
const { hash, timingSafeEqual } = crypto;

/** Claims of about so many bytes; six at least. */
function claimsOf(i, bytes = 0) {
  const claims = { sub: `user-${1000 + i}`, iss: 'https://id.example', aud: 'api', role: 'admin' };
  Object.assign(claims, { iat: 1_700_000_000, exp: 1_900_000_000 });
  for (let n = 0; JSON.stringify(claims).length < bytes; n++) claims[`claim-${n}`] = `value ${n}`;
  return claims;
}

const encode = (text) => Buffer.from(text).toString('base64url');
const header = encode('{"alg":"HS256","typ":"JWT"}');
const secret = crypto.randomBytes(64);
const many = (make) => Array.from({ length: 200 }, (_, i) => make(i));
const jsonOf = (bytes) => many((i) => JSON.stringify(claimsOf(i, bytes)));
const payloads = many((i) => encode(JSON.stringify(claimsOf(i))));
const tokens = payloads.map((payload) => {
  const input = `${header}.${payload}`;
  return `${input}.${crypto.createHmac('sha256', secret).update(input).digest('base64url')}`;
});

// Decoding

const scratch = Buffer.alloc(8192);
const ENDS = ['', '', 'AQgw', 'AEIMQUYcgkosw048'];
const hasCanonicalEnd = (text) =>
  text.length % 4 === 0 || ENDS[text.length % 4].includes(text.charAt(text.length - 1));

function reencoded(text) {
  const length = scratch.write(text, 'base64url');
  if (scratch.toString('base64url', 0, length) !== text) throw new Error('not canonical');
  return scratch.toString('utf8', 0, length);
}

function counted(text) {
  const length = scratch.base64urlWrite(text, 0);
  const isWhole = length === Math.floor((text.length * 3) / 4) && hasCanonicalEnd(text);
  if (!isWhole || text.includes('+') || text.includes('/')) throw new Error('not canonical');
  return scratch.utf8Slice(0, length);
}

const isAlphabet = (text) => /^[\w-]*$/.test(text) && hasCanonicalEnd(text);
const isCounted = (text) => {
  const length = scratch.base64urlWrite(text, 0);
  const isWhole = length === Math.floor((text.length * 3) / 4) && hasCanonicalEnd(text);
  return isWhole && !text.includes('+') && !text.includes('/');
};

// Duplicate members

function endOfString(text, start) {
  let end = text.indexOf('"', start + 1);
  while (text.charCodeAt(end - 1) === 0x5c) end = text.indexOf('"', end + 1);
  return end;
}

/** The colons outside strings; -1 if brackets nest too deep. */
function exactScan(text) {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) i = endOfString(text, i);
    else if (code === 0x3a) members++;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > 64) return -1;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return members;
}

function colonCount(text) {
  if (text.length > 128 && bracketsIn(text) > 64) return exactScan(text);
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === 0x22) count++;
    else if (before <= 0x20) return exactScan(text);
  }
  return count;
}

function bracketsIn(text) {
  let brackets = 0;
  for (const bracket of '{[') {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) brackets++;
  }
  return brackets;
}

function keptByKeys(value) {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  for (const key of Object.keys(value)) {
    count += 1 + keptByKeys(value[key]);
    if (key === '__proto__') throw new Error('hidden');
  }
  return count;
}

const hasOwn = Object.prototype.hasOwnProperty;

function keptByLoop(value) {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  for (const key in value) {
    if (!hasOwn.call(value, key)) continue;
    count += 1 + keptByLoop(value[key]);
    if (key === '__proto__') throw new Error('hidden');
  }
  return count;
}

// HMAC

const memory = Buffer.alloc(64 + 2048);
const outer = Buffer.alloc(96);
for (let i = 0; i < 64; i++) {
  memory[i] = secret[i] ^ 0x36;
  outer[i] = secret[i] ^ 0x5c;
}
const views = new Map();
function viewOf(start, end) {
  const place = start * 4096 + end;
  let view = views.get(place);
  if (!view) {
    view = memory.subarray(start, end);
    views.set(place, view);
  }
  return view;
}
const dotOf = (token) => token.indexOf('.', token.indexOf('.') + 1);

function macOf(view) {
  outer.latin1Write(hash('sha256', view, 'binary'), 64);
  return hash('sha256', outer, 'base64url');
}

function macFromBuffer(view) {
  hash('sha256', view, 'buffer').copy(outer, 64);
  return hash('sha256', outer, 'base64url');
}

/** Instead of a hash, which would take most of the time. */
const knownMac = (token) => token.slice(-43);

const [expected, given] = [Buffer.alloc(43), Buffer.alloc(43)];
function equalByTwoWrites(token) {
  expected.latin1Write(knownMac(token), 0);
  given.latin1Write(token.slice(dotOf(token) + 1), 0);
  return timingSafeEqual(expected, given);
}

function equalInPlace(token) {
  const start = 64 + dotOf(token) + 1;
  expected.latin1Write(knownMac(token), 0);
  return timingSafeEqual(expected, viewOf(start, start + 43));
}

function equalInJavaScript(token) {
  const mac = knownMac(token);
  const start = 64 + dotOf(token) + 1;
  let difference = 0;
  for (let i = 0; i < 43; i++) difference |= mac.charCodeAt(i) ^ memory[start + i];
  return difference === 0;
}

/** The token is written first, as it is for its hash. */
const whole = (compare) => (token) => {
  memory.utf8Write(token, 64);
  return compare(token);
};

// Headers

const shared = { segment: header, header: { alg: 'HS256', typ: 'JWT' }, mediaType: 'jwt' };
const headers = new Map([[header, shared]]);
const last = shared;

const mediaType = (typ) => typ.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
function checkHeader({ header }) {
  const b64 = Object.hasOwn(header, 'b64') ? header.b64 : true;
  if (Object.hasOwn(header, 'crit') || b64 !== true) return false;
  const typ = Object.hasOwn(header, 'typ') ? header.typ : undefined;
  return ['jwt'].includes(typeof typ === 'string' ? mediaType(typ) : typ);
}
const isChecked = ({ fault, mediaType }) => fault === undefined && ['jwt'].includes(mediaType);

// Signing

class Dictionary {}
Object.setPrototypeOf(Dictionary.prototype, null);
Reflect.deleteProperty(Dictionary.prototype, 'constructor');
Object.freeze(Dictionary.prototype);

function merged(payload) {
  const claims = new Dictionary();
  for (const name of Object.keys(payload)) claims[name] = payload[name];
  claims.iat = 1_700_000_000;
  claims.exp = 1_700_000_900;
  claims.iss = 'https://id.example';
  return JSON.stringify(claims);
}

function appended(payload) {
  const claims = { ...payload };
  const text = JSON.stringify(claims);
  const tail = ',"iss":"https://id.example"';
  return `${text.slice(0, -1)},"iat":${1_700_000_000},"exp":${1_700_000_900}${tail}}`;
}

// ECDSA

const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
const withForm = (key, dsaEncoding) => Object.assign(structuredClone(key), { dsaEncoding });
const data = crypto.randomBytes(180);
const [fixedKey, derKey] = ['ieee-p1363', 'der'].map((form) => withForm(privateKey, form));
const [fixedPublic, derPublic] = ['ieee-p1363', 'der'].map((form) => withForm(publicKey, form));

function toDer(signature) {
  const integers = [signature.subarray(0, 32), signature.subarray(32)].map((bytes) => {
    let start = 0;
    while (start < 31 && bytes[start] === 0) start++;
    return bytes.subarray(start);
  });
  const sizes = integers.map((bytes) => bytes.length + (bytes[0] >> 7));
  const der = Buffer.alloc(6 + sizes[0] + sizes[1]);
  der[0] = 0x30;
  der[1] = 4 + sizes[0] + sizes[1];
  let at = 2;
  for (let i = 0; i < 2; i++) {
    der[at] = 2;
    der[at + 1] = sizes[i];
    at += 2 + sizes[i];
    integers[i].copy(der, at - integers[i].length);
  }
  return der;
}

function fromDer(der) {
  const signature = Buffer.alloc(64);
  let at = 2;
  for (const end of [32, 64]) {
    const next = at + 2 + der[at + 1];
    const digits = Math.min(32, next - at - 2);
    der.copy(signature, end - digits, next - digits, next);
    at = next;
  }
  return signature;
}

const signatures = many(() => crypto.sign('sha256', data, fixedKey));
const rsaSignatures = many(() => crypto.randomBytes(256).toString('base64url'));

/** Rejects each request, with the check of NODE_DEBUG or, in a copy of the bundle, without. */
function rejecter(hasDebugLog) {
  const requireBundle = createRequire(new URL('../dist/bundles/', import.meta.url));
  const code = readFileSync(requireBundle.resolve('./http.cjs'), 'utf8');
  const source = hasDebugLog ? code : code.replaceAll('debugLog.isEnabled', 'false');
  assert.strictEqual(source === code, hasDebugLog);
  const module = { exports: {} };
  compileFunction(source, ['module', 'require'])(module, requireBundle);
  const authenticate = module.exports.createAuthenticator({ key: crypto.randomBytes(64) });
  return async (token) => {
    const { error } = await authenticate({ headers: { authorization: `Bearer ${token}` } });
    return error.reason;
  };
}

/** What is measured, then what it replaced and what replaced it, over which inputs. */
const levers = [
  ['decode the payload', reencoded, counted, payloads],
  ...[103, 278, 1000].map((bytes) => {
    return [`count members, ${bytes} B`, exactScan, colonCount, jsonOf(bytes)];
  }),
  ['count kept keys', keptByKeys, keptByLoop, jsonOf(103).map((text) => JSON.parse(text))],
  [
    'hash input',
    (token) => macOf(memory.subarray(0, 64 + dotOf(token))),
    (token) => macOf(viewOf(0, 64 + dotOf(token))),
    tokens,
  ],
  [
    'write the token',
    (token) => memory.latin1Write(token.slice(0, dotOf(token)), 64) > 0,
    (token) => memory.utf8Write(token, 64) === token.length,
    tokens,
  ],
  ['compare the MAC', whole(equalByTwoWrites), whole(equalInPlace), tokens],
  ['letters of a MAC', (token) => isAlphabet(token.slice(-43)), () => true, tokens],
  ['letters of an RSA signature', isAlphabet, isCounted, rsaSignatures],
  [
    'find the header',
    (token) => headers.get(token.slice(0, token.indexOf('.'))),
    (token) => {
      const segment = token.slice(0, token.indexOf('.'));
      return last.segment === segment ? last : headers.get(segment);
    },
    tokens,
  ],
  ['check typ, crit and b64', checkHeader, isChecked, many(() => shared)],
  [
    'write claims',
    merged,
    appended,
    many((i) => ({ sub: `user-${i}`, role: 'admin', scope: 'a' })),
  ],
  [
    'write and read without checks',
    (text) => {
      scratch.write(text, 0);
      return scratch.toString('utf8', 0, text.length);
    },
    (text) => {
      scratch.utf8Write(text, 0);
      return scratch.utf8Slice(0, text.length);
    },
    payloads,
  ],
  [
    'verify ES256: P1363, DER',
    (signature) => crypto.verify('sha256', data, fixedPublic, signature),
    (signature) => crypto.verify('sha256', data, derPublic, toDer(signature)),
    signatures,
  ],
  [
    'sign ES256: P1363, DER',
    () => crypto.sign('sha256', data, fixedKey).length,
    () => fromDer(crypto.sign('sha256', data, derKey)).length,
    signatures,
  ],
  ['rejected: compare in JavaScript', whole(equalInPlace), whole(equalInJavaScript), tokens],
  [
    'rejected: digest as a Buffer',
    (token) => macOf(viewOf(0, 64 + dotOf(token))),
    (token) => macFromBuffer(viewOf(0, 64 + dotOf(token))),
    tokens,
  ],
  ['rejected: NODE_DEBUG is off', rejecter(false), rejecter(true), tokens],
];

console.log(`Node.js ${process.versions.node}, ns of CPU time: 25 % quantile of ${ROUNDS} turns`);
for (const [name, before, after, inputs] of levers) {
  if (!name.includes(process.argv[2] ?? '')) continue;
  // Twice, because the second call finds what the first one stored.
  for (const input of [...inputs, ...inputs])
    assert.deepStrictEqual(await before(input), await after(input), name);
  const turns = [await turnOf(before, inputs), await turnOf(after, inputs)];
  const samples = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const i of [round % 2, 1 - (round % 2)]) samples[i].push(await turns[i]());
  }
  const [was, is] = samples.map((each) => Math.round(quantile(each, 0.25)));
  console.log(`${name.padEnd(34)} ${String(was).padStart(7)} → ${String(is).padStart(7)}`);
}
