/** K1: public key material never becomes an HMAC secret. */

import { createSecretKey, webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, sign } from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { forge } from '../fixtures/tokens.ts';
import { acceptedBy, verifyApis } from '../fixtures/verify-apis.ts';
import {
  bareDisguises,
  certificate,
  disguises,
  publicDocuments,
  publicKeys,
  sshKeys,
} from './material.ts';

const header = { alg: 'HS256', typ: 'JWT' };
const claims = { sub: 'admin', admin: true };

/** What a token may say, and the options under which it is tried: default ones, and HMAC by name. */
const trials = [
  { bits: 256, options: {} },
  { bits: 256, options: { algorithms: ['HS256'] } },
  { bits: 512, options: { algorithms: ['RS256', 'HS256', 'HS384', 'HS512'] } },
];

/** One door of each kind, for the second of two forms of one key. */
const oneOfEach = verifyApis.filter(({ name }) =>
  ['verify', 'createVerifier', 'createVerifier with a key source'].includes(name),
);

const bytesOf = (key: unknown): Buffer => Buffer.from(key as string);

/** Every door that accepts a token made with these bytes while the key argument is `key`. */
async function breaches(
  key: unknown,
  bytes: Buffer = bytesOf(key),
  at = verifyApis,
): Promise<string[]> {
  const found: string[] = [];
  for (const { bits, options } of trials) {
    const token = forge({ ...header, alg: `HS${bits}` }, claims, bytes, bits);
    const open = await acceptedBy(at, token, key, options);
    found.push(...open.map((answer) => `${JSON.stringify(options)} ${answer}`));
  }
  return found;
}

/** Whether a verb of signing takes the key for a secret. */
function signsWith(key: unknown): string[] {
  const found: string[] = [];
  for (const alg of ['HS256', 'HS512'] as const) {
    try {
      found.push(sign(claims, key as never, { algorithm: alg }));
    } catch {}
    try {
      found.push(createSigner(key as never, { algorithm: alg })(claims));
    } catch {}
  }
  try {
    const [head = ''] = sign(claims, key as never).split('.');
    found.push(Buffer.from(head, 'base64url').toString());
  } catch {}
  return found;
}

test('the harness sees an accepted token: a real secret opens every door', async () => {
  const token = forge(header, claims, secret);
  for (const door of verifyApis) {
    expect(await door.verify(token, secret, { algorithms: ['HS256'] })).toMatchObject(claims);
  }
  expect(signsWith(secret)).toHaveLength(5);
});

describe('PEM text of a public key is no secret, whatever was done to it (CVE-2015-9235, CVE-2022-29217, CVE-2024-33663)', () => {
  for (const [name, disguise] of Object.entries(disguises)) {
    test(`PEM ${name}`, async () => {
      for (const { pems } of publicKeys()) {
        for (const pem of Object.values(pems)) {
          const text = disguise(pem);
          expect(await breaches(text)).toEqual([]);
          expect(await breaches(Buffer.from(text), Buffer.from(text), oneOfEach)).toEqual([]);
          expect(signsWith(text)).toEqual([]);
          expect(signsWith(Buffer.from(text))).toEqual([]);
        }
      }
    });
  }
});

describe('PEM bytes are no secret in another encoding or container', () => {
  const [{ pems } = publicKeys()[0] as never] = publicKeys();
  const pem = String(pems['SPKI']);

  for (const [name, bytes] of Object.entries({
    'UTF-16 little endian': Buffer.from(pem, 'utf16le'),
    'UTF-16 little endian with a byte order mark': Buffer.from(`\uFEFF${pem}`, 'utf16le'),
    'UTF-16 big endian': Buffer.from(pem, 'utf16le').swap16(),
    'UTF-32': Buffer.from(Uint32Array.from(Buffer.from(pem)).buffer),
    'UTF-8 with a byte order mark': Buffer.from(`\uFEFF${pem}`),
    'the middle of a larger ArrayBuffer': Buffer.concat([
      Buffer.alloc(3),
      Buffer.from(pem),
    ]).subarray(3),
  })) {
    test(name, async () => {
      const view = new Uint8Array(bytes);
      for (const key of [
        bytes,
        view,
        view.buffer,
        new DataView(view.buffer),
        new Uint8ClampedArray(bytes),
      ]) {
        expect(await breaches(key, bytes)).toEqual([]);
        expect(signsWith(key)).toEqual([]);
      }
    });
  }
});

describe('base64 of DER that lost its armour is no secret (CVE-2023-48223)', () => {
  for (const [name, disguise] of Object.entries(bareDisguises)) {
    test(name, async () => {
      for (const { ders } of publicKeys()) {
        for (const der of Object.values(ders)) {
          const text = disguise(der.toString('base64'));
          expect(await breaches(text)).toEqual([]);
          expect(await breaches(Buffer.from(text), Buffer.from(text), oneOfEach)).toEqual([]);
          expect(signsWith(text)).toEqual([]);
        }
      }
    });
  }

  test('a PEM encoded in base64 once more, as environment variables carry it', async () => {
    for (const { pems } of publicKeys()) {
      for (const pem of Object.values(pems)) {
        expect(await breaches(Buffer.from(pem).toString('base64'))).toEqual([]);
      }
    }
  });
});

describe('DER bytes are no secret', () => {
  for (const { name, ders } of publicKeys()) {
    for (const [structure, der] of Object.entries(ders)) {
      test(`${name} ${structure} in every kind of view`, async () => {
        const view = new Uint8Array(der);
        const keys = [
          der,
          view,
          view.buffer,
          new DataView(view.buffer),
          new Uint8ClampedArray(view),
        ];
        for (const key of keys) {
          expect(await breaches(key, der)).toEqual([]);
          expect(signsWith(key)).toEqual([]);
        }
      });

      test(`${name} ${structure} with a newline behind it, or cut short`, async () => {
        for (const bytes of [Buffer.concat([der, Buffer.from('\n')]), der.subarray(0, -1)]) {
          expect(await breaches(bytes)).toEqual([]);
        }
      });
    }
  }

  test('text of DER read as latin1', async () => {
    for (const { ders } of publicKeys()) {
      for (const der of Object.values(ders)) {
        expect(await breaches(der.toString('latin1'))).toEqual([]);
      }
    }
  });
});

describe('SSH public keys are no secrets (CVE-2022-29217)', () => {
  for (const [name, text] of Object.entries(sshKeys())) {
    test(name, async () => {
      for (const key of [
        text,
        ` ${text}`,
        `\uFEFF${text}`,
        `# key\n${text}`,
        Buffer.from(text),
        Buffer.from(text, 'utf16le'),
      ]) {
        expect(await breaches(key)).toEqual([]);
        expect(signsWith(key)).toEqual([]);
      }
    });
  }
});

describe('a JWK or JWKS is no secret (CVE-2023-48223, CVE-2026-34950)', () => {
  for (const { name, jwk } of publicKeys()) {
    const documents = {
      JWK: jwk,
      'JWK with kty last': Object.fromEntries(Object.entries(jwk).reverse()),
      JWKS: { keys: [jwk] },
      'JWKS beside other members': { issuer: 'https://id.example', keys: [jwk] },
    };
    for (const [form, document] of Object.entries(documents)) {
      test(`${name} ${form} as text, bytes and text in text`, async () => {
        const text = JSON.stringify(document);
        const texts = [
          text,
          ` \n${text}`,
          `\uFEFF${text}`,
          JSON.stringify(document, null, 2),
          JSON.stringify(document, null, '\t'),
          text.replaceAll(':', ' : '),
          JSON.stringify(text),
          text.slice(0, -1),
          `[${text}]`,
        ];
        for (const key of texts) {
          expect(await breaches(key)).toEqual([]);
          expect(await breaches(Buffer.from(key), Buffer.from(key), oneOfEach)).toEqual([]);
          expect(signsWith(key)).toEqual([]);
        }
      });

      test(`${name} ${form} as an object, also in a list or a descriptor`, async () => {
        const bytes = [JSON.stringify(document), '[object Object]', '', 'undefined'].map(bytesOf);
        for (const key of [
          document,
          [document],
          { key: document },
          { key: document, format: 'jwk' },
        ]) {
          for (const guess of bytes) expect(await breaches(key, guess)).toEqual([]);
          expect(signsWith(key)).toEqual([]);
        }
      });
    }

    test(`${name} JWK and JWKS as text in text in text, or with escaped names`, async () => {
      for (const document of [jwk, { keys: [jwk] }]) {
        const text = JSON.stringify(document);
        const thrice = JSON.stringify(JSON.stringify(JSON.stringify(text)));
        const escaped = text.replace('"kty"', '"\\u006bty"').replace('"keys"', '"\\u006beys"');
        const encoded = Buffer.from(text).toString('base64');
        for (const key of [thrice, escaped, encoded]) expect(await breaches(key)).toEqual([]);
      }
    });

    test(`${name} JWK whose bytes stand as k in an oct JWK`, async () => {
      const text = JSON.stringify(jwk);
      const key = { kty: 'oct', k: Buffer.from(text).toString('base64url') };
      expect(await breaches(key, bytesOf(text))).toEqual([]);
      expect(signsWith(key)).toEqual([]);
    });

    test(`${name} JWK that also has a k is still not symmetric`, async () => {
      const key = { ...jwk, k: secret.toString('base64url') };
      expect(await breaches(key, secret)).toEqual([]);
    });
  }
});

describe('objects that hold a public key are no secrets (CVE-2022-23541)', () => {
  for (const { name, key, pems, ders } of publicKeys()) {
    const candidates = [
      ...Object.values(pems).map(bytesOf),
      ...Object.values(ders),
      Buffer.alloc(0),
    ];

    test(`${name} KeyObject, in a descriptor, too`, async () => {
      for (const wrapped of [key, { key }]) {
        for (const bytes of candidates) expect(await breaches(wrapped, bytes)).toEqual([]);
        expect(signsWith(wrapped)).toEqual([]);
      }
    });

    test(`${name} PEM and DER in a descriptor`, async () => {
      for (const bytes of candidates.filter(({ length }) => length > 0)) {
        const wrappings = [
          { key: bytes },
          { key: bytes.toString('latin1') },
          { key: bytes, format: 'der' },
          { key: bytes, format: 'der', type: 'spki' },
          { key: bytes, format: 'pem' },
          { key: bytes, format: 'jwk' },
          { key: bytes, passphrase: 'x' },
          { key: { key: bytes } },
        ];
        for (const wrapped of wrappings) expect(await breaches(wrapped, bytes)).toEqual([]);
      }
    });

    test(`${name} material wrapped as a secret KeyObject`, async () => {
      for (const bytes of candidates.filter(({ length }) => length > 0)) {
        expect(await breaches(createSecretKey(bytes), bytes)).toEqual([]);
      }
    });
  }

  test('a public CryptoKey', async () => {
    const [rsaForms] = publicKeys();
    const der = rsaForms?.ders['SPKI'] as Buffer;
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    const key = await webcrypto.subtle.importKey('spki', der, algorithm, true, ['verify']);
    expect(await breaches(key, der)).toEqual([]);
    expect(await breaches({ key }, der)).toEqual([]);
    expect(signsWith(key)).toEqual([]);
  });

  test('a descriptor around a secret is not a secret either: only bytes and text are', async () => {
    expect(
      await breaches({ key: secret.toString('hex') }, bytesOf(secret.toString('hex'))),
    ).toEqual([]);
    expect(await breaches({ key: secret }, secret)).toEqual([]);
  });
});

describe('a public key in the format of another tool is no secret', () => {
  for (const [name, text] of Object.entries(publicDocuments())) {
    test(name, async () => {
      for (const key of [text, ` ${text}\n`, Buffer.from(text)]) {
        expect(await breaches(key)).toEqual([]);
        expect(signsWith(key)).toEqual([]);
      }
    });
  }

  test('bytes of a point, of an SSH blob and of PKCS#12', async () => {
    const { 'a point in base64': point = '', 'the blob of ssh-rsa': blob = '' } = publicDocuments();
    // Version 3 and the identifier of PKCS#7 data, RFC 7292 §4, with and without definite lengths.
    const content = Buffer.from('06092a864886f70d010701a02404220000', 'hex');
    const pfx = Buffer.concat([Buffer.from('30800201033080', 'hex'), content, Buffer.alloc(48, 7)]);
    for (const bytes of [Buffer.from(point, 'base64'), Buffer.from(blob, 'base64'), pfx]) {
      expect(await breaches(bytes)).toEqual([]);
      expect(await breaches(bytes.toString('base64'))).toEqual([]);
      expect(signsWith(bytes)).toEqual([]);
    }
  });
});

test('private key material is no secret either, readable or encrypted', async () => {
  const { privateKey } = rsa();
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const sealed = privateKey.export({
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'open',
  }) as string;
  for (const text of [pem, sealed, sealed.trim(), ` ${sealed}`, sealed.replaceAll('\n', '\\n')]) {
    expect(await breaches(text)).toEqual([]);
    expect(signsWith(text)).toEqual([]);
  }
});

test('a certificate chain is no secret', async () => {
  expect(await breaches(certificate + certificate)).toEqual([]);
  expect(await breaches(`subject=CN = attacks\n${certificate}`)).toEqual([]);
});
