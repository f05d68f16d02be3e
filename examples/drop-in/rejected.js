// Attacks and invalid calls that jotkit rejects. Exits with code 1 if one of them is accepted.
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createSigner, createVerifier, sign, verify } from 'jotkit';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secret = randomBytes(32);

/** Expects an error with this code. */
function rejects(what, code, act) {
  let result = 'accepted';
  try {
    act();
  } catch (error) {
    result = error.code ?? error.name;
  }
  if (result !== code) process.exitCode = 1;
  console.log(`${what.padEnd(34)} ${result}${result === code ? '' : `, expected ${code}`}`);
}

const token = sign({ sub: 'ada', role: 'reader' }, rsa.privateKey, { algorithm: 'RS256' });
const [header, payload, signature] = token.split('.');
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

console.log('Tokens');
rejects('a changed payload', 'ERR_SIGNATURE_INVALID', () => {
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  verify(`${header}.${base64url({ ...claims, role: 'admin' })}.${signature}`, rsa.publicKey);
});
rejects('signed with another secret', 'ERR_SIGNATURE_INVALID', () => {
  verify(sign({ sub: 'ada' }, randomBytes(32)), secret);
});
rejects('expired', 'ERR_CLAIM_EXPIRED', () => {
  verify(sign({ sub: 'ada' }, secret, { expiresIn: -1 }), secret);
});
rejects('no signature', 'ERR_SIGNATURE_MISSING', () => {
  verify(`${base64url({ alg: 'none' })}.${payload}.`, rsa.publicKey);
});
rejects('for another audience', 'ERR_CLAIM_MISMATCH', () => {
  verify(sign({ sub: 'ada' }, secret, { audience: 'shop' }), secret, { audience: 'api' });
});

// Algorithm confusion: the attacker uses the public key as an HMAC secret.
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
const input = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${payload}`;
const confusing = `${input}.${createHmac('sha256', publicPem).update(input).digest('base64url')}`;
rejects('signed with the public key', 'ERR_HEADER_ALG', () => verify(confusing, publicPem));
rejects('the same, HS256 allowed', 'ERR_KEY_TYPE', () => {
  verify(confusing, publicPem, { algorithms: ['HS256', 'RS256'] });
});

console.log('\nCalls');
rejects('"exp" and expiresIn', 'ERR_CLAIM_INVALID', () => {
  sign({ sub: 'ada', exp: 1_900_000_000 }, secret, { expiresIn: '15m' });
});
rejects('an unknown option', 'ERR_OPTION_INVALID', () => {
  createVerifier(rsa.publicKey, { audiance: 'api' });
});
rejects('an algorithm of another key type', 'ERR_KEY_TYPE', () => {
  createVerifier(rsa.publicKey, { algorithms: ['ES256'] });
});
rejects('a secret of 7 bytes', 'ERR_KEY_WEAK', () => createSigner('hunter2'));
