// What jotkit signs and refuses, in a terminal (npm run build && node examples/refusals.js).
// Every line is a real call and is held against what it should do; one surprise, and the exit code is 1.
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createSigner, createVerifier, sign, verify } from 'jotkit';

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, green, red] = [1, 2, 32, 31].map(paint);

let kept = 0;
let broken = 0;

function line(good, name, what, more = '') {
  if (good) kept++;
  else broken++;
  const mark = good ? green('✓') : red('✗');
  console.log(`  ${mark} ${name.padEnd(24)}${what.padEnd(24)}${dim(more)}`);
}

const shorten = (text) => (text.length > 64 ? `${text.slice(0, 63)}…` : text);

/** Expects a refusal with this code. */
function refused(name, code, act) {
  try {
    act();
    line(false, name, 'was accepted', `expected ${code}`);
  } catch (error) {
    const good = error.code === code;
    line(
      good,
      name,
      `${error.code ?? error.name}`,
      good ? shorten(error.message) : `expected ${code}`,
    );
  }
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const secret = randomBytes(32);
const secretPair = { privateKey: secret, publicKey: secret };
const curve = (namedCurve) => generateKeyPairSync('ec', { namedCurve });

console.log(`\n${bold('Signed and verified')}\n`);

const algorithms = {
  HS256: () => secretPair,
  RS256: () => rsa,
  PS256: () => rsa,
  ES256: () => curve('P-256'),
  ES256K: () => curve('secp256k1'),
  EdDSA: () => ed25519,
  'ML-DSA-44': () => generateKeyPairSync('ml-dsa-44'),
};

for (const [algorithm, makePair] of Object.entries(algorithms)) {
  let pair;
  try {
    pair = makePair();
  } catch {
    console.log(
      `  ${dim(`– ${algorithm.padEnd(24)}not in this runtime (Node.js ${process.version})`)}`,
    );
    continue;
  }
  const token = createSigner(pair.privateKey, { algorithm, expiresIn: '15m' })({ sub: 'ada' });
  const claims = createVerifier(pair.publicKey, { algorithms: [algorithm] })(token);
  const classic = verify(token, pair.publicKey, { algorithms: [algorithm] });
  const good = claims.sub === 'ada' && classic.sub === 'ada';
  line(
    good,
    algorithm,
    `sub = ${claims.sub}`,
    `${token.length} characters, ${token.slice(0, 20)}…`,
  );
}

console.log(`\n${bold('Refused')}\n`);

const token = sign({ sub: 'ada', role: 'reader' }, rsa.privateKey, { algorithm: 'RS256' });
const [header, payload, signature] = token.split('.');
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

refused('a changed payload', 'ERR_SIGNATURE_INVALID', () => {
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  verify(`${header}.${base64url({ ...claims, role: 'admin' })}.${signature}`, rsa.publicKey);
});

refused("somebody else's key", 'ERR_SIGNATURE_INVALID', () => {
  verify(sign({ sub: 'ada' }, randomBytes(32)), secret);
});

refused('an expired token', 'ERR_CLAIM_EXPIRED', () => {
  verify(sign({ sub: 'ada' }, secret, { expiresIn: -1 }), secret);
});

refused('an unsigned token', 'ERR_SIGNATURE_MISSING', () => {
  verify(`${base64url({ alg: 'none' })}.${payload}.`, rsa.publicKey);
});

// The public key is public: whoever knows it could sign with it, were it taken for a secret.
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
const confusingInput = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${payload}`;
const confusingMac = createHmac('sha256', publicPem).update(confusingInput).digest('base64url');
const confusing = `${confusingInput}.${confusingMac}`;

refused('algorithm confusion', 'ERR_HEADER_ALG', () => {
  verify(confusing, publicPem);
});

refused('… with HS256 allowed', 'ERR_KEY_TYPE', () => {
  verify(confusing, publicPem, { algorithms: ['HS256', 'RS256'] });
});

refused('a foreign audience', 'ERR_CLAIM_MISMATCH', () => {
  verify(sign({ sub: 'ada' }, secret, { audience: 'shop' }), secret, { audience: 'api' });
});

console.log(`\n${bold('Mistakes, said at once')}\n`);

refused('exp in both places', 'ERR_CLAIM_INVALID', () => {
  sign({ sub: 'ada', exp: 1_900_000_000 }, secret, { expiresIn: '15m' });
});

refused('an option misspelt', 'ERR_OPTION_INVALID', () => {
  createVerifier(rsa.publicKey, { audiance: 'api' });
});

refused('a key that cannot fit', 'ERR_KEY_TYPE', () => {
  createVerifier(rsa.publicKey, { algorithms: ['ES256'] });
});

refused('a secret too short', 'ERR_KEY_WEAK', () => {
  createSigner('hunter2');
});

const verdict = broken
  ? red(`${broken} of ${kept + broken} surprised`)
  : green(`${kept} as expected`);
console.log(`\n  ${verdict}\n`);
process.exitCode = broken ? 1 : 0;
