/** Imports PEM and DER. */

import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  type PrivateKeyInput,
  X509Certificate,
} from 'node:crypto';
import { readAsn1Key, type Structure } from './asn1.ts';
import { type Imported, isSameKey, type Key, type KeyArgument } from './key.ts';
import { rsaFault } from './key-soundness.ts';
import { findPemBlocks, type PemBlock, writePem } from './pem.ts';

/** The labels of keys, RFC 7468. Only their structure counts: tools write one over the other. */
const LABELS: ReadonlySet<string> = new Set([
  'PUBLIC KEY',
  'RSA PUBLIC KEY',
  'EC PUBLIC KEY',
  'PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
  'DSA PRIVATE KEY',
  'ENCRYPTED PRIVATE KEY',
  'CERTIFICATE',
  'X509 CERTIFICATE',
  'TRUSTED CERTIFICATE',
]);

type Passphrase = PrivateKeyInput['passphrase'];

/** Blocks that one text may hold: more are a bundle of certificates. */
const MAX_BLOCKS = 16;

/** Imports the keys of a PEM text. Undefined if it has no block. */
export function importPem(
  text: string,
  argument: KeyArgument,
  passphrase?: Passphrase,
): Imported | undefined {
  const blocks = findPemBlocks(text);
  if (blocks.length === 0) return undefined;
  const readable = blocks.filter(({ label }) => LABELS.has(label));
  if (readable.length === 0) return labelFault(blocks);
  // The first certificate is that of the signer: the others are of its issuers, whose keys sign no token.
  const leaf = readable.find(isCertificate);
  const own = readable.filter((block) => block === leaf || !isCertificate(block));
  const chosen = chooseBlocks(own, argument);
  if (typeof chosen === 'string') return chosen;
  const keys: Key[] = [];
  for (const block of chosen) {
    const found = importBlock(block, argument, passphrase);
    if (typeof found === 'string') return found;
    for (const key of found) {
      if (!keys.some(({ object }) => isSameKey(object, key.object))) keys.push(key);
    }
  }
  return keys;
}

const isCertificate = ({ label }: PemBlock) => label.includes('CERTIFICATE');

/** A private key signs, whatever public keys and certificates are beside it. */
function chooseBlocks(blocks: PemBlock[], { role }: KeyArgument): PemBlock[] | string {
  if (blocks.length > MAX_BLOCKS) return `it holds more than ${MAX_BLOCKS} keys`;
  if (role === 'verify') return blocks;
  const own = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (own.length > 1 || (own.length === 0 && blocks.length > 1)) {
    return `it holds ${own.length || blocks.length} keys: pass the one that signs`;
  }
  return own.length > 0 ? own : blocks;
}

function labelFault(blocks: PemBlock[]): string {
  const has = (word: string) => blocks.some(({ label }) => label.includes(word));
  if (has('OPENSSH')) {
    return 'it is a private key of OpenSSH: convert it with "ssh-keygen -p -m PKCS8 -f FILE"';
  }
  if (has('SSH2')) return 'it is an SSH key: convert it with "ssh-keygen -e -m PKCS8 -f FILE"';
  if (has('REQUEST')) return 'it is a certificate request: pass the certificate or the public key';
  return 'its PEM has a label that is of no key';
}

function importBlock(
  { label, headers, body }: PemBlock,
  argument: KeyArgument,
  passphrase: Passphrase,
): Imported {
  if (!/^[A-Za-z\d+/]+={0,2}$/.test(body)) return 'its PEM is truncated or damaged';
  if (headers) return importNative(writePem(label, body, headers), argument, passphrase, true);
  const found = importDer(Buffer.from(body, 'base64'), argument, passphrase);
  return found ?? importStructure(label, body, argument, passphrase);
}

/** Imports one key in DER. Undefined if its structure is not recognized: then the label of its PEM counts. */
export function importDer(
  der: Buffer,
  argument: KeyArgument,
  passphrase?: Passphrase,
): Imported | undefined {
  const found = readAsn1Key(der);
  if (!found) return undefined;
  const { structure, rsa } = found;
  if (structure === 'PKCS12') return 'it is PKCS#12: export its key and certificate as PEM';
  const fault = rsa && rsaFault(rsa);
  return fault ?? importStructure(structure, der.toString('base64'), argument, passphrase);
}

function importStructure(
  label: string,
  body: string,
  argument: KeyArgument,
  passphrase: Passphrase,
): Imported {
  const isEncrypted = label === 'ENCRYPTED PRIVATE KEY';
  return importNative(writePem(label, body), argument, passphrase, isEncrypted);
}

/** The `type` of Node.js for each structure. */
const DER_TYPES: Readonly<Record<Structure, string | undefined>> = {
  'PUBLIC KEY': 'spki',
  'RSA PUBLIC KEY': 'pkcs1',
  'PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
  'ENCRYPTED PRIVATE KEY': 'pkcs8',
  CERTIFICATE: undefined,
  PKCS12: undefined,
};

/** Whether DER has another structure than `type` of a descriptor names. */
export function isOfOtherType(der: Buffer, type: unknown): boolean {
  const found = readAsn1Key(der);
  return found !== undefined && DER_TYPES[found.structure] !== type;
}

/** The first reading that succeeds. For signing, a private key is tried first. */
function importNative(
  pem: string,
  { role }: KeyArgument,
  passphrase: Passphrase,
  isEncrypted: boolean,
): Imported {
  // Without a prototype: a polluted one would add a passphrase or a format.
  const input = Object.assign(Object.create(null), { key: pem, format: 'pem', passphrase });
  const readings: Array<() => KeyObject> = [
    () => createPublicKey(input),
    () => new X509Certificate(pem).publicKey,
  ];
  if (role === 'sign') readings.unshift(() => createPrivateKey(input));
  for (const read of readings) {
    try {
      const object = read();
      return [{ kind: object.type === 'private' ? 'private' : 'public', object, only: undefined }];
    } catch {
      // What OpenSSL reports about one reading helps no caller.
    }
  }
  if (!isEncrypted) return 'it is truncated or damaged';
  return passphrase?.length
    ? 'the passphrase does not decrypt it'
    : 'it is encrypted: pass { key, passphrase }';
}
