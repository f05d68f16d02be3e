/** Public key material in its forms and disguises. */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { ec, ed25519, rsa } from '../fixtures/keys.ts';

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBfDCCASGgAwIBAgIUHb59zFdFhUCs1+ZwmYnRNeGyS7YwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHYXR0YWNrczAgFw0yNjExMjIwMjQyNTNaGA8yMTI2MTAyOTAy
NDI1M1owEjEQMA4GA1UEAwwHYXR0YWNrczBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABHz2wIVgqCK7tjOKzYlZYGY/jC/aFJHEPdUP++u5ffp+O5d0s6MX7vNXWbtP
Mj/i+dVKxCrYz1RgOGxBc9YYVlmjUzBRMB0GA1UdDgQWBBQRWcVa6Uj+jwf3Rkrn
qfhvXsMg1DAfBgNVHSMEGDAWgBQRWcVa6Uj+jwf3RkrnqfhvXsMg1DAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCT9uvYG0FIoupS5REoy5U7w4gJ
Bg/LRhgaBpZan2nyLwIhAOtSypm5k8xLVgLVExflr7/j2hJ8RfnIsQujQV+cNsme
-----END CERTIFICATE-----
`;

/** The RFC 4253 encoding of a public key. */
function sshBlob(...fields: Array<string | Buffer>): string {
  const encoded = fields.map((field) => {
    const bytes = Buffer.from(field as never);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(encoded).toString('base64');
}

function member(key: KeyObject, name: string): Buffer {
  return Buffer.from(String(key.export({ format: 'jwk' })[name]), 'base64url');
}

export function sshKeys(): Record<string, string> {
  const { publicKey: r } = rsa();
  const { publicKey: e } = ec();
  const point = Buffer.concat([Buffer.from([4]), member(e, 'x'), member(e, 'y')]);
  const modulus = Buffer.concat([Buffer.from([0]), member(r, 'n')]);
  return {
    'ssh-rsa': `ssh-rsa ${sshBlob('ssh-rsa', member(r, 'e'), modulus)} user@host`,
    'ssh-ed25519': `ssh-ed25519 ${sshBlob('ssh-ed25519', member(ed25519().publicKey, 'x'))}`,
    'ecdsa-sha2-nistp256': `ecdsa-sha2-nistp256 ${sshBlob('ecdsa-sha2-nistp256', 'nistp256', point)}\n`,
    'ssh-rsa in authorized_keys': `command="true",no-pty ssh-rsa ${sshBlob('ssh-rsa', member(r, 'e'), modulus)}`,
    'ssh-rsa certificate': `ssh-rsa-cert-v01@openssh.com ${sshBlob('ssh-rsa-cert-v01@openssh.com', member(r, 'e'), modulus)}`,
    'SSH2 armour': `---- BEGIN SSH2 PUBLIC KEY ----\n${sshBlob('ssh-rsa', member(r, 'e'), modulus)}\n---- END SSH2 PUBLIC KEY ----\n`,
    'OPENSSH PEM': `-----BEGIN OPENSSH PRIVATE KEY-----\n${sshBlob('openssh-key-v1', modulus)}\n-----END OPENSSH PRIVATE KEY-----\n`,
  };
}

/** Public keys in the formats of other tools, and in the text around them. */
export function publicDocuments(): Record<string, string> {
  const {
    n = '',
    e = '',
    x = '',
  } = {
    ...rsa().publicKey.export({ format: 'jwk' }),
    x: String(ec().publicKey.export({ format: 'jwk' }).x),
  };
  const base64 = (text: string) => Buffer.from(text, 'base64url').toString('base64');
  const spki = rsa().publicKey.export({ format: 'der', type: 'spki' });
  const pkcs1 = rsa().publicKey.export({ format: 'der', type: 'pkcs1' });
  const pem = rsa().publicKey.export({ format: 'pem', type: 'spki' }) as string;
  const body = certificate.replace(/-----.*-----|\n/g, '');
  const point = Buffer.concat([
    Buffer.from([4]),
    member(ec().publicKey, 'x'),
    member(ec().publicKey, 'y'),
  ]);
  const p384 = ec('P-384').publicKey;
  const longPoint = Buffer.concat([Buffer.from([4]), member(p384, 'x'), member(p384, 'y')]);
  const numbers = `<Modulus>${base64(n)}</Modulus><Exponent>${base64(e)}</Exponent>`;
  const blobs = Object.entries(sshKeys()).flatMap(([name, text]) => {
    const [blob] = /AAAA[\w+/=]+/.exec(text) ?? [];
    return blob ? [[`the blob of ${name}`, blob] as const] : [];
  });
  return {
    'XML with a namespace': `<RSAKeyValue xmlns="http://www.w3.org/2000/09/xmldsig#">${numbers}</RSAKeyValue>`,
    'XML with a blank': `<RSAKeyValue >${numbers}</RSAKeyValue>`,
    'XML with a prefix': `<ds:RSAKeyValue>${numbers}</ds:RSAKeyValue>`,
    'XML with a certificate': `<KeyInfo><X509Data><X509Certificate>${body}</X509Certificate></X509Data></KeyInfo>`,
    'XML of .NET': `<BitStrength>2048</BitStrength>${numbers}`,
    'a name and base64': `PUBLIC_KEY=${spki.toString('base64')}`,
    'a name and base64url': `PUBLIC_KEY_${spki.toString('base64url')}`,
    'a DKIM record': `v=DKIM1; k=rsa; p=${spki.toString('base64')}`,
    'a DKIM record in parts': `"v=DKIM1; k=rsa; p=" "${spki.toString('base64').replace(/.{60}/g, '$&" "')}"`,
    'the JSON of a Keycloak realm': JSON.stringify({
      realm: 'r',
      public_key: spki.toString('base64'),
    }),
    'a certificate in JSON': JSON.stringify({ cert: body }),
    'PKCS#1 in a text': `key: ${pkcs1.toString('base64')}`,
    'hexadecimal of DER': spki.toString('hex'),
    'hexadecimal of DER in capitals': spki.toString('hex').toUpperCase(),
    'hexadecimal of DER with colons': spki.toString('hex').replace(/..(?=.)/g, '$&:'),
    'a point in base64url': point.toString('base64url'),
    'a point in base64': point.toString('base64'),
    'a point in hexadecimal': point.toString('hex'),
    'a point of P-384': longPoint.toString('base64url'),
    'a point after a name': `VAPID_PUBLIC_KEY=${point.toString('base64url')}`,
    'PEM with en dashes': pem.replaceAll('--', '\u2013'),
    'PEM with em dashes': pem.replaceAll('---', '\u2014'),
    'PEM with minus signs': pem.replaceAll('-', '\u2212'),
    'PEM with equals signs': pem.replaceAll('-', '='),
    'PEM without dashes': pem.replaceAll('-', ''),
    'PuTTY of an RSA key': `PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPublic-Lines: 1\n${base64(n).slice(0, 40)}`,
    'JWK in YAML': `kty: RSA\nn: ${n}\ne: ${e}\n`,
    'JWK in single quotes': `{'kty': 'RSA', 'n': '${n}', 'e': '${e}'}`,
    'JWK as a literal of JavaScript': `{ kty: 'EC', crv: 'P-256', x: '${x}' }`,
    'JWK in quotes': `'${JSON.stringify({ kty: 'RSA', n, e })}'`,
    'JWK without kty': JSON.stringify({ n, e }),
    'JWK Set in YAML': `keys:\n  - kty: RSA\n    n: ${n}\n`,
    ...Object.fromEntries(blobs),
  };
}

export interface PublicKeyForms {
  readonly name: string;
  readonly key: KeyObject;
  readonly pems: Readonly<Record<string, string>>;
  readonly ders: Readonly<Record<string, Buffer>>;
  readonly jwk: Readonly<Record<string, unknown>>;
}

export function publicKeys(): PublicKeyForms[] {
  const forms = (name: string, key: KeyObject): PublicKeyForms => ({
    name,
    key,
    pems: { SPKI: key.export({ format: 'pem', type: 'spki' }) as string },
    ders: { SPKI: key.export({ format: 'der', type: 'spki' }) },
    jwk: { ...key.export({ format: 'jwk' }) },
  });
  const rsaForms = forms('RSA', rsa().publicKey);
  const ecForms = forms('EC', createPublicKey(certificate));
  const body = certificate.replace(/-----.*-----|\n/g, '');
  return [
    {
      ...rsaForms,
      pems: {
        ...rsaForms.pems,
        'PKCS#1': rsaForms.key.export({ format: 'pem', type: 'pkcs1' }) as string,
      },
      ders: { ...rsaForms.ders, 'PKCS#1': rsaForms.key.export({ format: 'der', type: 'pkcs1' }) },
    },
    {
      ...ecForms,
      pems: { ...ecForms.pems, 'X.509': certificate },
      ders: { ...ecForms.ders, 'X.509': Buffer.from(body, 'base64') },
    },
    forms('Ed25519', ed25519().publicKey),
  ];
}

type Disguise = (text: string) => string;

/** What files, editors, environment variables and code do to the text of a PEM. */
export const disguises: Readonly<Record<string, Disguise>> = {
  'as it is': (pem) => pem,
  'without its last newline': (pem) => pem.trimEnd(),
  'after a space': (pem) => ` ${pem}`,
  'after spaces and tabs': (pem) => ` \t  ${pem}`,
  'after a newline': (pem) => `\n${pem}`,
  'after CRLF': (pem) => `\r\n\r\n${pem}`,
  'after a byte order mark': (pem) => `\uFEFF${pem}`,
  'after U+200B': (pem) => `\u200B${pem}`,
  'after U+00A0': (pem) => `\u00A0${pem}`,
  'after NUL': (pem) => `\0${pem}`,
  'after #': (pem) => `#${pem}`,
  'after a comment line': (pem) => `# the key of production\n${pem}`,
  'after a letter': (pem) => `x${pem}`,
  'after bag attributes': (pem) => `Bag Attributes\n    localKeyID: 01\n${pem}`,
  'before other text': (pem) => `${pem}x`,
  'before NUL': (pem) => `${pem}\0`,
  'after a name and =': (pem) => `PUBLIC_KEY=${pem}`,
  twice: (pem) => `${pem}${pem}`,
  'with CRLF': (pem) => pem.replaceAll('\n', '\r\n'),
  'with CR': (pem) => pem.replaceAll('\n', '\r'),
  'with escaped newlines': (pem) => pem.replaceAll('\n', '\\n'),
  'with newlines escaped twice': (pem) => pem.replaceAll('\n', '\\\\n'),
  'with escaped CRLF': (pem) => pem.replaceAll('\n', '\\r\\n'),
  indented: (pem) => pem.replace(/^/gm, '    '),
  'on one line': (pem) => pem.replaceAll('\n', ''),
  'on one line with spaces': (pem) => pem.replaceAll('\n', ' '),
  'in double quotes': (pem) => `"${pem}"`,
  'in single quotes': (pem) => `'${pem}'`,
  'as JSON': (pem) => JSON.stringify(pem),
  'as JSON in JSON': (pem) => JSON.stringify(JSON.stringify(pem)),
  'as a member of JSON': (pem) => JSON.stringify({ publicKey: pem }),
  'with blank lines': (pem) => pem.replaceAll('\n', '\n\n'),
  'without its end line': (pem) => pem.replace(/-----END .*\n/, ''),
  'without its begin line': (pem) => pem.replace(/-----BEGIN .*\n/, ''),
  'cut in the middle': (pem) => pem.slice(0, pem.length / 2),
  'cut before the last dashes': (pem) => pem.trimEnd().slice(0, -5),
  'without its first dash': (pem) => pem.slice(1),
  'with another label': (pem) => pem.replaceAll(/(BEGIN|END) [A-Z ]+/g, '$1 SOMETHING ELSE'),
  'with characters lost': (pem) => pem.replace(/.\n(?=-----END)/, '\n'),
  'with lines reversed': (pem) => pem.trimEnd().split('\n').reverse().join('\n'),
};

/** The same for base64 that has lost its armour. */
export const bareDisguises: Readonly<Record<string, Disguise>> = {
  'in one line': (body) => body,
  'in lines': (body) => body.replace(/.{64}/g, '$&\n'),
  'in lines of CRLF': (body) => body.replace(/.{64}/g, '$&\r\n'),
  'in indented lines': (body) => `  ${body.replace(/.{64}/g, '$&\n  ')}`,
  'in lines with escaped newlines': (body) => `${body.replace(/.{64}/g, '$&\\n')}\\n`,
  'as base64url': (body) => Buffer.from(body, 'base64').toString('base64url'),
  'without padding': (body) => body.replace(/=+$/, ''),
  'with a newline at the end': (body) => `${body}\n`,
  'after spaces': (body) => `   ${body}`,
  'after a byte order mark': (body) => `\uFEFF${body}`,
  'after U+200B': (body) => `\u200B${body}`,
  'in double quotes': (body) => `"${body}"`,
  'in single quotes': (body) => `'${body}'`,
};
