// The key is looked up for every token, by its kid (npm run build && node examples/key-source.js).
import { generateKeyPairSync } from 'node:crypto';
import { createSigner, createVerifier } from 'jotkit';

const pairs = new Map(
  ['2026-10', '2026-11'].map((kid) => [kid, generateKeyPairSync('ec', { namedCurve: 'P-256' })]),
);

// Anything may be asked here: a file, a database, a service. What it throws becomes a KeySourceError.
const verify = createVerifier(async ({ header }) => pairs.get(header.kid)?.publicKey, {
  algorithms: ['ES256'],
});

for (const [kid, { privateKey }] of pairs) {
  const token = createSigner(privateKey, { keyid: kid, expiresIn: '15m' })({ sub: 'ada' });
  const { sub } = await verify(token);
  console.log(kid.padEnd(9), `verified, sub = ${sub}`);
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = createSigner(privateKey, { keyid: '2026-12', expiresIn: '15m' })({ sub: 'eve' });
await verify(stranger).then(
  () => process.exit(1),
  (error) => console.log('2026-12'.padEnd(9), `${error.code}: ${error.message}`),
);
