import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Algorithm, createSigner, createVerifier, verify } from '../../src/index.ts';
import { claims, keyApis } from '../fixtures/key-apis.ts';
import { ec, ed448, ed25519, rsa, rsaPss } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { certificates } from './certificates.ts';

const passphrase = 'correct horse';
const cipher = 'aes-256-cbc';

function pem(key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' | 'spki'): string {
  return key.export({ type, format: 'pem' } as never) as string;
}

function encryptedPem(key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1'): string {
  return key.export({ type, format: 'pem', cipher, passphrase } as never) as string;
}

interface Form {
  label: string;
  alg: Algorithm;
  pem: string;
  pair: { privateKey: KeyObject; publicKey: KeyObject };
}

const privateForms: Form[] = [
  form('PRIVATE KEY', 'RS256', rsa(), 'privateKey', 'pkcs8'),
  form('PRIVATE KEY', 'PS256', rsaPss(), 'privateKey', 'pkcs8'),
  form('PRIVATE KEY', 'ES256', ec('P-256'), 'privateKey', 'pkcs8'),
  form('PRIVATE KEY', 'EdDSA', ed25519(), 'privateKey', 'pkcs8'),
  form('PRIVATE KEY', 'Ed448', ed448(), 'privateKey', 'pkcs8'),
  form('RSA PRIVATE KEY', 'RS512', rsa(), 'privateKey', 'pkcs1'),
  form('EC PRIVATE KEY', 'ES384', ec('P-384'), 'privateKey', 'sec1'),
  form('EC PRIVATE KEY', 'ES512', ec('P-521'), 'privateKey', 'sec1'),
  form('EC PRIVATE KEY', 'ES256K', ec('secp256k1'), 'privateKey', 'sec1'),
];

const publicForms: Form[] = [
  form('PUBLIC KEY', 'PS512', rsa(), 'publicKey', 'spki'),
  form('PUBLIC KEY', 'PS256', rsaPss(), 'publicKey', 'spki'),
  form('PUBLIC KEY', 'ES256', ec('P-256'), 'publicKey', 'spki'),
  form('PUBLIC KEY', 'ES256K', ec('secp256k1'), 'publicKey', 'spki'),
  form('PUBLIC KEY', 'Ed25519', ed25519(), 'publicKey', 'spki'),
  form('PUBLIC KEY', 'Ed448', ed448(), 'publicKey', 'spki'),
  form('RSA PUBLIC KEY', 'RS384', rsa(), 'publicKey', 'pkcs1'),
];

function form(
  label: string,
  alg: Algorithm,
  pair: Form['pair'],
  half: 'privateKey' | 'publicKey',
  type: 'pkcs8' | 'pkcs1' | 'sec1' | 'spki',
): Form {
  return { label, alg, pair, pem: pem(pair[half], type) };
}

/** The same text as it comes from files, environment variables and other sources. */
const carriers: Record<string, (text: string) => unknown> = {
  'a string': (text) => text,
  'a Buffer': (text) => Buffer.from(text),
  'a Uint8Array': (text) => new Uint8Array(Buffer.from(text)),
  'a DataView': (text) => new DataView(new Uint8Array(Buffer.from(text)).buffer),
  'an ArrayBuffer': (text) => new Uint8Array(Buffer.from(text)).buffer,
  '{ key }': (text) => ({ key: text }),
  '{ key: Buffer }': (text) => ({ key: Buffer.from(text) }),
  "{ key, format: 'pem' }": (text) => ({ key: text, format: 'pem' }),
};

const damages: Record<string, (text: string) => string> = {
  'line ends escaped': (text) => text.replaceAll('\n', '\\n'),
  'CRLF line ends escaped': (text) => text.replaceAll('\n', '\\r\\n'),
  'line ends escaped, in double quotes': (text) => `"${text.replaceAll('\n', '\\n')}"`,
  'single quotes around it': (text) => `'${text}'`,
  'double quotes around it': (text) => `"${text}"`,
  'white space around it': (text) => ` \t\n\n${text}  \n\t `,
  'no line end after it': (text) => text.trimEnd(),
  indentation: (text) => text.replaceAll(/^/gm, '      '),
  'tabs before each line': (text) => text.replaceAll(/^/gm, '\t'),
  'spaces after each line': (text) => text.replaceAll('\n', '   \n'),
  'CRLF line ends': (text) => text.replaceAll('\n', '\r\n'),
  'CR line ends': (text) => text.replaceAll('\n', '\r'),
  'a byte order mark': (text) => `\uFEFF${text}`,
  'line ends removed': (text) => text.replaceAll('\n', ''),
  'line ends turned to spaces': (text) => text.replaceAll('\n', ' ').trim(),
  'line ends turned to empty lines': (text) => text.replaceAll('\n', '\n\n'),
  'line ends escaped twice': (text) => text.replaceAll('\n', '\\\\n'),
  'CR line ends escaped': (text) => text.replaceAll('\n', '\\r'),
  'base64 of the whole': (text) => Buffer.from(text).toString('base64'),
  'base64 in lines': (text) => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n'),
  'comment lines before it': (text) => `# the key of 2026\n# do not share\n${text}`,
  'attributes before it': (text) =>
    `Bag Attributes\n    friendlyName: issuer\nKey Attributes: <No Attributes>\n${text}`,
};

describe.each(keyApis)('PEM at the $name entrance', (door) => {
  test.each(privateForms)('"$label" signs $alg in every carrier', (key) => {
    expect(key.pem).toContain(`-----BEGIN ${key.label}-----`);
    for (const carry of Object.values(carriers)) {
      const token = door.sign(carry(key.pem), key.alg);
      expect(door.verify(token, key.pair.publicKey, key.alg)).toMatchObject(claims);
    }
  });

  test.each(publicForms)('"$label" verifies $alg in every carrier', (key) => {
    expect(key.pem).toContain(`-----BEGIN ${key.label}-----`);
    const token = door.sign(key.pair.privateKey, key.alg);
    for (const carry of Object.values(carriers)) {
      expect(door.verify(token, carry(key.pem), key.alg)).toMatchObject(claims);
    }
  });

  test.each(privateForms)('a private "$label" verifies $alg with its public half', (key) => {
    const token = door.sign(key.pair.privateKey, key.alg);
    for (const carry of Object.values(carriers)) {
      expect(door.verify(token, carry(key.pem), key.alg)).toMatchObject(claims);
    }
  });

  test.each(certificates)('an X.509 certificate verifies $alg', ({ alg, certificate, token }) => {
    for (const carry of Object.values(carriers)) {
      expect(door.verify(token, carry(certificate), alg)).toEqual(claims);
    }
    const old = certificate.replaceAll('CERTIFICATE', 'X509 CERTIFICATE');
    expect(door.verify(token, old, alg)).toEqual(claims);
  });

  test('uses the first certificate of a chain', () => {
    const [first, second] = certificates;
    const chain = first.certificate + second.certificate;
    expect(door.verify(first.token, chain, first.alg)).toEqual(claims);
    expect(() => door.verify(second.token, chain, second.alg)).toThrow();
  });

  test.each(Object.keys(damages))('is repaired after %s', (name) => {
    const damage = damages[name] ?? String;
    for (const { alg, pair, pem: text } of privateForms) {
      const token = door.sign(damage(text), alg);
      expect(door.verify(token, pair.publicKey, alg)).toMatchObject(claims);
      expect(door.verify(token, Buffer.from(damage(text)), alg)).toMatchObject(claims);
    }
    for (const { alg, pair, pem: text } of publicForms) {
      const token = door.sign(pair.privateKey, alg);
      expect(door.verify(token, damage(text), alg)).toMatchObject(claims);
      expect(door.verify(token, { key: damage(text) }, alg)).toMatchObject(claims);
    }
    for (const { alg, token, certificate } of certificates) {
      expect(door.verify(token, damage(certificate), alg)).toEqual(claims);
    }
  });

  test.each([
    ['cut in the middle', (text: string) => text.slice(0, text.length / 2)],
    ['without its first line', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['without its last line', (text: string) => text.slice(0, text.lastIndexOf('-----END'))],
    ['with another label', (text: string) => text.replaceAll(/(?:RSA |EC )?P\w+ KEY/g, 'ODD KEY')],
    ['with one line missing', (text: string) => text.replace(/\n[^-\n]+\n/, '\n')],
  ])('is rejected, and no secret, %s', (_, damage) => {
    for (const { pem: text } of [...privateForms, ...publicForms]) {
      expect(errorOf(() => door.sign(damage(text))).message).toContain(
        `${door.signingName} is not valid key material`,
      );
    }
  });

  describe.each([
    ['ENCRYPTED PRIVATE KEY', 'RS256', rsa(), 'pkcs8'],
    ['ENCRYPTED PRIVATE KEY', 'ES256', ec('P-256'), 'pkcs8'],
    ['ENCRYPTED PRIVATE KEY', 'EdDSA', ed25519(), 'pkcs8'],
    ['RSA PRIVATE KEY', 'PS384', rsa(), 'pkcs1'],
    ['EC PRIVATE KEY', 'ES384', ec('P-384'), 'sec1'],
  ] as const)('encrypted "%s" of %s', (label, alg, pair, type) => {
    const key = encryptedPem(pair.privateKey, type);

    test('signs, and verifies with its public half, under its passphrase', () => {
      expect(key).toContain(`-----BEGIN ${label}-----`);
      for (const word of [passphrase, Buffer.from(passphrase)]) {
        const token = door.sign({ key, passphrase: word }, alg);
        expect(door.verify(token, pair.publicKey, alg)).toMatchObject(claims);
        expect(door.verify(token, { key, passphrase: word }, alg)).toMatchObject(claims);
        const escaped = key.replaceAll('\n', '\\n');
        expect(door.verify(token, { key: escaped, passphrase: word }, alg)).toMatchObject(claims);
      }
    });

    test.each([
      ['no passphrase', key],
      ['no passphrase in { key }', { key }],
      ['a wrong passphrase', { key, passphrase: 'wrong horse' }],
      ['an empty passphrase', { key, passphrase: '' }],
    ])('is not valid key material with %s', (_, input) => {
      expect(errorOf(() => door.sign(input, alg))).toMatchObject({
        message: expect.stringContaining(`${door.signingName} is not valid key material`),
        code: 'ERR_KEY_INVALID',
      });
      const token = door.sign(pair.privateKey, alg);
      expect(errorOf(() => door.verify(token, input, alg))).toMatchObject({
        message: expect.stringContaining(`${door.verifyingName} is not valid key material`),
        code: 'ERR_KEY_INVALID',
      });
    });
  });

  test('a passphrase beside a key that needs none changes nothing', () => {
    const key = pem(rsa().privateKey, 'pkcs8');
    const token = door.sign({ key, passphrase }, 'RS256');
    expect(door.verify(token, { key, passphrase }, 'RS256')).toMatchObject(claims);
  });

  test('the parameters that `openssl ecparam -genkey` writes first are passed over', () => {
    const parameters =
      '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    const key = parameters + pem(ec('P-256').privateKey, 'sec1');
    const token = door.sign(key, 'ES256');
    expect(door.verify(token, key, 'ES256')).toMatchObject(claims);
  });
});

test('the certificates hold the public keys that stand beside them', () => {
  for (const { certificate, publicKey } of certificates) {
    expect(createPublicKey(certificate).equals(createPublicKey(publicKey))).toBe(true);
    expect(() => createPrivateKey(certificate)).toThrow();
  }
});

test('reads a "TRUSTED CERTIFICATE", which OpenSSL ends with its trust settings', () => {
  for (const { certificate, alg, token } of certificates) {
    const der = Buffer.concat([new X509Certificate(certificate).raw, Buffer.from('3000', 'hex')]);
    const label = 'TRUSTED CERTIFICATE';
    const text = `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`;
    expect(verify(token, text, { algorithms: [alg] })).toMatchObject(claims);
  }
});

test('verifies nothing with the certificate of an issuer beside a key', () => {
  const [issuer, leaf] = certificates;
  const key = rsa().publicKey.export({ type: 'spki', format: 'pem' });
  const text = `${key}${leaf?.certificate}${issuer?.certificate}`;
  const algorithms = [issuer?.alg as Algorithm];
  expect(() => verify(String(issuer?.token), text, { algorithms })).toThrow(/^invalid /);
  expect(() => createVerifier(text, { algorithms })(String(issuer?.token))).toThrow(/^invalid /);
});

test('keys of two types in one text leave no error for the next import', () => {
  const fresh = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [privatePem, secondPem] = [
    pem(fresh.privateKey, 'pkcs8'),
    pem(generateKeyPairSync('ed25519').privateKey, 'pkcs8'),
  ];
  const algorithms: Algorithm[] = ['RS256', 'EdDSA'];
  createVerifier(pem(ed25519().publicKey, 'spki') + pem(rsa().publicKey, 'spki'), { algorithms });
  expect(createSigner(privatePem)({})).toContain('.');
  const { publicKey } = rsaPss(512);
  createVerifier(pem(rsa().publicKey, 'spki') + pem(publicKey, 'spki'), {
    algorithms: ['RS256', 'PS512'],
  });
  expect(createSigner(secondPem)({})).toContain('.');
});
