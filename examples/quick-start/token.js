// Signs a token with the private key and verifies it with the public key.
import { createSigner, createVerifier } from 'jotkit';

const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
const issuer = 'https://id.example';
const audience = 'api';

// Both functions check the key and the options once, now.
const sign = createSigner(JWT_PRIVATE_KEY, { issuer, audience, expiresIn: '15m' });
const verify = createVerifier(JWT_PUBLIC_KEY, {
  algorithms: ['EdDSA'],
  issuer,
  audience,
  requiredClaims: ['sub', 'exp'],
});

const token = sign({ sub: 'ada' });
console.log('claims  ', verify(token).sub);

// A changed payload does not match the signature.
const [header, , signature] = token.split('.');
const payload = Buffer.from(JSON.stringify({ sub: 'eve' })).toString('base64url');
try {
  verify(`${header}.${payload}.${signature}`);
} catch (error) {
  console.log('rejected', error.code);
}

// A public key cannot be an HMAC secret. The call fails at start, before any request.
try {
  createVerifier(JWT_PUBLIC_KEY, { algorithms: ['HS256'] });
} catch (error) {
  console.log('at start', error.code);
}
