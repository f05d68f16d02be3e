/** K13: a URL or the path of a key file is no secret, because anybody can know it. */

import { describe, expect, it } from 'vitest';
import { nameFault } from '../../src/core/keys/key-names.ts';
import { createSigner, createVerifier, sign, verify } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { tokenOf } from '../fixtures/tokens.ts';

const urls = [
  'https://id.example/.well-known/jwks.json',
  'http://127.0.0.1:8080/keys',
  '  https://id.example/jwks\n',
  '"https://id.example/jwks"',
  'JWKS_URI=https://id.example/jwks',
  'file:///etc/keys/jwt/production/public.p8',
  'file:/etc/keys/public',
  's3://bucket/keys/jwt-public',
  'arn+kms://keys/jwt-signing-key-of-production',
];

const paths = [
  '/etc/keys/jwt/production/public-key',
  '/run/secrets/jwt-signing-key-of-production',
  '/var/lib/keys/public.pem',
  '/home/ada/keys/jwt',
  '/usr/local/etc/jwt.pub',
  '/opt/app/keys/jwt-public-key-of-production',
  './config/keys/jwt/public-key-2024.pem',
  '../keys/jwt/production/public-key',
  '~/keys/jwt/production/public-key',
  'C:\\Program Files\\app\\keys\\jwt-public',
  'D:/keys/jwt/production/public-key',
  'keys/jwt/production/public-key-2024.pem',
  'production-jwt-signing-key.p12',
  'config/jwks/production-keys.json',
  ' /etc/keys/jwt/production/public-key\n',
];

describe.each([
  ['a URL', urls, 'it is a URL: pass createRemoteJwks(url) from "jotkit/jwk", or the key itself'],
  ['a path', paths, 'it is the path of a file: read the file and pass its content'],
] as const)('%s', (_, names, reason) => {
  it.each(names)('is rejected as a secret: %j', (name) => {
    const forged = tokenOf({ sub: 'mallory' }, {}, name);
    for (const key of [name, Buffer.from(name), { kty: 'oct', k: btoa(name).replace(/=+$/, '') }]) {
      for (const call of [() => createVerifier(key)(forged), () => createSigner(key)]) {
        expect(errorOf(call).message).toBe(`key is not valid key material: ${reason}`);
      }
      for (const call of [() => verify(forged, key), () => sign({}, key)]) {
        const error = errorOf(call);
        expect(error.message).toMatch(/^secretOr\w+Key is not valid key material$/);
        expect(error).toHaveProperty('cause.message', expect.stringContaining(reason));
        expect(Object.keys(error)).not.toContain('cause');
      }
    }
  });
});

describe('a random secret', () => {
  it('is accepted if it begins with a slash, and as a passphrase of words', () => {
    for (const secret of [
      `/${'aB3+'.repeat(12)}`,
      '//etc+run+var/home/usr/opt/aB3aB3aB3aB3aB3aB3',
      'correct horse battery staple in my secret.key',
      'the weekend key of the month begins on Friday',
      '~correct-horse-battery-staple-2024-production!',
      '.correct/horse/battery/staple/2024/production!',
    ]) {
      expect(createVerifier(secret)(createSigner(secret)({ sub: 'ada' })).sub).toBe('ada');
    }
  });
});

describe('nameFault', () => {
  it.each([
    'x://host',
    'X9+.-://host',
    `x${'a'.repeat(30)}://host`,
    '"\'`<( \tx://host',
    'file:x',
    'FILE:x',
    '<file:x',
    'any http://',
    'any HTTPS://',
    'any file://',
  ])('recognizes the URL %j', (text) => {
    expect(nameFault(text)).toMatch(/^it is a URL/);
  });

  it.each([
    ...['etc', 'run', 'var', 'home', 'usr', 'opt'].map((root) => `/${root}/`),
    ...['./', '../', '~/', 'C:/', 'c:\\'],
    './aé9 ._@%+~\\/()-z',
    '"./x"',
    "'~/x'",
    '`../x`',
    '"/etc/x',
    ' "./x" ',
    ...'pem key pub crt cer cert der p7b p8 pk8 p12 pfx jks jwk jwks json ppk asc'
      .split(' ')
      .flatMap((extension) => [`x.${extension}`, `a!/b.${extension.toUpperCase()}`]),
  ])('recognizes the path %j', (text) => {
    expect(nameFault(text)).toMatch(/^it is the path of a file/);
  });

  it.each([
    '9x://host',
    '://host',
    `x${'a'.repeat(31)}://host`,
    'xy:/host',
    'x_://host',
    '!x://host',
    'x file:y',
    'profile:x',
    'any http:/',
    'any ftp://',
    '/etc',
    '/etcetera/',
    'x/etc/y',
    '/srv/x',
    '.../x',
    '.x/',
    'x./',
    '~x/',
    'x~/',
    '9:/x',
    'CC:/x',
    'C:x',
    './x!',
    './x"y',
    '""./x',
    'x.pem2',
    'x.pem y',
    'x pem',
    'xpem',
    '.pem',
    'a b.pem',
    ' .pem',
  ])('accepts %j', (text) => {
    expect(nameFault(text)).toBeUndefined();
  });
});
