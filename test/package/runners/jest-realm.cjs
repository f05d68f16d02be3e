/** Jest runs code in a realm of its own; Buffers and keys come from outside of it. */
const {
  createPrivateKey,
  createSecretKey,
  generateKeyPairSync,
  webcrypto,
} = require('node:crypto');
const jwt = require('jsonwebtoken');

const text = 'a secret of thirty-two bytes or more';
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });

test.each([
  ['a string', text],
  ['a Buffer', Buffer.from(text)],
  ['a Uint8Array', new Uint8Array(Buffer.from(text))],
  ['a KeyObject', createSecretKey(text, 'utf8')],
  ['a JWK', { kty: 'oct', k: Buffer.from(text).toString('base64url') }],
])('a secret may be %s', (_name, key) => {
  const token = jwt.sign({ sub: 'ada' }, key);
  expect(jwt.verify(token, key)).toMatchObject({ sub: 'ada' });
  expect(jwt.verify(token, text)).toMatchObject({ sub: 'ada' });
});

test.each([
  ['a KeyObject', pair.privateKey, pair.publicKey],
  ['PEM text', pem, pair.publicKey.export({ type: 'spki', format: 'pem' })],
  ['PEM in a Buffer', Buffer.from(pem), pem],
  ['a JWK', pair.privateKey.export({ format: 'jwk' }), pair.publicKey.export({ format: 'jwk' })],
  ['a key with a passphrase', { key: encrypted(), passphrase: 'pass' }, pair.publicKey],
])('a key pair may be %s', (_name, signing, verifying) => {
  const token = jwt.sign({ sub: 'ada' }, signing, { algorithm: 'ES256' });
  expect(jwt.verify(token, verifying)).toMatchObject({ sub: 'ada' });
});

test('a key pair may be CryptoKeys', async () => {
  const usages = ['sign', 'verify'];
  const made = await webcrypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    usages,
  );
  const token = jwt.sign({ sub: 'ada' }, made.privateKey, { algorithm: 'ES256' });
  expect(jwt.verify(token, made.publicKey)).toMatchObject({ sub: 'ada' });
});

test('payloads, lists and patterns of the realm are what they are', () => {
  const payload = { sub: 'ada', list: [1, { two: 2 }], aud: ['api', 'shop'], iat: 1 };
  const token = jwt.sign(payload, text);
  const audience = [/^a/, 'other'];
  expect(jwt.verify(token, text, { audience, issuer: undefined })).toStrictEqual(payload);
  expect(jwt.decode(token)).toStrictEqual(payload);
});

test('a Buffer is a payload of text', () => {
  expect(jwt.verify(jwt.sign(Buffer.from('text'), text), text)).toBe('text');
});

test('errors are instances of what the realm calls Error', () => {
  expect(() => jwt.verify('nonsense', text)).toThrow(jwt.JsonWebTokenError);
  expect(() => jwt.verify('nonsense', text)).toThrow('jwt malformed');
  expect(() => jwt.sign({}, '')).toThrow(new Error('secretOrPrivateKey must have a value'));
  expect(new jwt.JsonWebTokenError('no')).toBeInstanceOf(Error);
});

test('recognizes a promise given as a key', () => {
  expect(() => jwt.sign({}, Promise.resolve(text))).toThrow(TypeError);
});

function encrypted() {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pass' };
  return createPrivateKey(pem).export(options);
}
