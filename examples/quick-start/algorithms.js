// Signs and verifies one token with each kind of key. Prints the length of the token.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createSigner, createVerifier } from 'jotkit';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secret = randomBytes(32);
const curve = (namedCurve) => generateKeyPairSync('ec', { namedCurve });

const algorithms = {
  HS256: () => ({ privateKey: secret, publicKey: secret }),
  RS256: () => rsa,
  PS256: () => rsa,
  ES256: () => curve('P-256'),
  ES256K: () => curve('secp256k1'),
  EdDSA: () => generateKeyPairSync('ed25519'),
  'ML-DSA-44': () => generateKeyPairSync('ml-dsa-44'),
};

for (const [algorithm, makePair] of Object.entries(algorithms)) {
  let pair;
  try {
    pair = makePair();
  } catch {
    console.log(`${algorithm.padEnd(10)} not in Node.js ${process.version}`);
    continue;
  }
  const token = createSigner(pair.privateKey, { algorithm, expiresIn: '15m' })({ sub: 'ada' });
  const { sub } = createVerifier(pair.publicKey, { algorithms: [algorithm] })(token);
  console.log(`${algorithm.padEnd(10)} ${sub}, ${token.length} characters`);
}
