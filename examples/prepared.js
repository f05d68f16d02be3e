// Key and options understood once, then two plain functions (npm run build && node examples/prepared.js).
import { generateKeyPairSync } from 'node:crypto';
import { createSigner, createVerifier } from 'jotkit';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

const sign = createSigner(privateKey, {
  issuer: 'https://id.example',
  audience: 'api',
  expiresIn: '15m',
});
const verify = createVerifier(publicKey, {
  algorithms: ['EdDSA'],
  issuer: 'https://id.example',
  audience: 'api',
  requiredClaims: ['sub', 'exp'],
});

const token = sign({ sub: 'ada' });
console.log('claims  ', verify(token));

try {
  createVerifier(publicKey, { algorithms: ['HS256'] });
  process.exitCode = 1;
} catch (error) {
  console.log('mistake ', `${error.name}: ${error.message}`);
}
