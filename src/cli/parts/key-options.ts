/** Reads the key of a command from a file, a variable, a JWK Set or an issuer. */

import { isJsonObject, parseJson } from '../../core/encoding/strict-json.ts';
import type { Algorithm } from '../../core/keys/algorithms.ts';
import { requireKey } from '../../core/keys/import-key.ts';
import { preparedKeyArgument } from '../../core/keys/key.ts';
import { usableAlgorithms } from '../../core/keys/key-checks.ts';
import type { Jwk, KeyInput, KeySource } from '../../core/keys/key-input.ts';
import { createLocalJwks, type Jwks } from '../../jwk/jwks/local.ts';
import { createRemoteJwks } from '../../jwk/remote/create-remote-jwks.ts';
import { discover } from '../../jwk/remote/discovery.ts';
import type { Arguments } from '../args.ts';
import { wrongUsage } from '../command-error.ts';
import {
  readInput,
  variableOptions,
  variableReader,
  withoutByteOrderMark,
  withoutLineEnd,
} from '../input.ts';
import type { Surroundings } from '../surroundings.ts';

export const ownKeyOptions = {
  'key-file': { type: 'string' },
  'key-env': { type: 'string' },
  'key-encoding': { type: 'string' },
  'passphrase-env': { type: 'string' },
  ...variableOptions,
} as const;

export const keyOptions = {
  ...ownKeyOptions,
  jwks: { type: 'string' },
  issuer: { type: 'string' },
} as const;

const helpWith = (
  forms: string,
) => `  --key-file <path>      Read the key from a file, or from stdin for "-":
                         ${forms}
  --key-env <name>       Read the key from this variable
  --key-encoding <name>  The secret is base64, base64url or hex
  --passphrase-env <name>
                         Decrypt the private key with this variable
`;

export const ownKeyHelp = helpWith('PEM, DER, JWK, or secret without line end');

export const keyHelp = `Key, one of:
${helpWith('PEM, DER, JWK, JWK Set, or secret without line end')}  --jwks <url|path>      Fetch or read a JWK Set
  --issuer <url>         Fetch the keys of an issuer, and expect it in "iss"
`;

type OwnKeyValues = Arguments<typeof ownKeyOptions>['values'];
type KeyValues = Arguments<typeof keyOptions>['values'];

/** A key for a verifier. */
export interface VerificationKey {
  readonly key: KeyInput | KeySource;
  /** Ends what the source has pending. */
  close(): void;
}

const SOURCES = ['key-file', 'key-env', 'jwks', 'issuer'] as const;

/** Whether the arguments name a key. */
export function hasKey(values: KeyValues): boolean {
  return SOURCES.some((name) => values[name] !== undefined);
}

/** Reads the key that verifies. Fetches the metadata of `--issuer`, and nothing else. */
export async function readVerificationKey(
  values: KeyValues,
  surroundings: Surroundings,
): Promise<VerificationKey> {
  checkSources(values, SOURCES);
  const { jwks, issuer } = values;
  if (issuer !== undefined) {
    const found = await discover(issuer);
    return { key: found.jwks, close: found.jwks.close };
  }
  if (jwks !== undefined && /^[a-z]+:\/\//i.test(jwks)) {
    const key = createRemoteJwks(jwks);
    return { key, close: key.close };
  }
  const key =
    jwks === undefined ? await readOwnKey(values, surroundings) : await readSet(jwks, surroundings);
  return { key: isSet(key) ? createLocalJwks(key) : key, close() {} };
}

/** Reads the key that signs. */
export async function readSigningKey(
  values: OwnKeyValues,
  surroundings: Surroundings,
): Promise<KeyInput> {
  checkSources(values, ['key-file', 'key-env']);
  const key = await readOwnKey(values, surroundings);
  if (isSet(key)) throw wrongUsage('the key is a JWK Set: pass one of its keys');
  return key;
}

function checkSources(values: KeyValues, names: readonly (typeof SOURCES)[number][]): void {
  const given = names.filter((name) => values[name] !== undefined);
  if (given.length === 1) return;
  const list = names.map((name) => `"--${name}"`);
  const choices = `${list.slice(0, -1).join(', ')} or ${list.at(-1)}`;
  throw wrongUsage(
    given.length === 0 ? `pass a key with ${choices}` : `pass only one of ${choices}`,
  );
}

async function readOwnKey(
  values: OwnKeyValues,
  surroundings: Surroundings,
): Promise<KeyInput | Jwks> {
  const { 'key-file': path, 'key-env': name, 'key-encoding': encoding } = values;
  const readVariable = await variableReader(values, surroundings);
  const bytes =
    path === undefined
      ? Buffer.from(readVariable(name ?? '', 'key-env'))
      : await readInput(path, 'the file of "--key-file"', surroundings);
  if (bytes.length === 0) throw wrongUsage('the file of "--key-file" is empty');
  const passphraseName = values['passphrase-env'];
  if (passphraseName !== undefined) {
    return { key: bytes, passphrase: readVariable(passphraseName, 'passphrase-env') };
  }
  if (encoding === undefined) return parseKey(bytes);
  if (!['base64', 'base64url', 'hex'].includes(encoding)) {
    throw wrongUsage('"--key-encoding" must be base64, base64url or hex');
  }
  return { key: bytes.toString(), encoding };
}

/** Parses JSON. Other key material is for the import of the library. */
export function parseKey(bytes: Buffer): KeyInput | Jwks {
  const text = bytes.toString();
  const json = parseJson(withoutByteOrderMark(text));
  if (isJsonObject(json) && (Object.hasOwn(json, 'kty') || Object.hasOwn(json, 'keys'))) {
    return json as unknown as Jwk | Jwks;
  }
  // A secret of random bytes can end with the byte of a line end.
  return isText(bytes, text) ? withoutLineEnd(text) : bytes;
}

function isText(bytes: Buffer, text: string): boolean {
  return Buffer.from(text).equals(bytes) && !/[^\P{Cc}\t\r\n]/u.test(text);
}

async function readSet(path: string, surroundings: Surroundings): Promise<Jwks> {
  const bytes = await readInput(path, 'the file of "--jwks"', surroundings);
  const key = parseKey(bytes);
  if (isSet(key)) return key;
  throw wrongUsage('the file of "--jwks" is not a JWK Set: pass one key with "--key-file"');
}

/** Whether this is a JWK Set. */
export function isSet(key: KeyInput | Jwks): key is Jwks {
  return isJsonObject(key) && Object.hasOwn(key, 'keys');
}

/** A verifier finds the key in a JWK Set by its `kid`. */
export function kidOf(key: KeyInput): string | undefined {
  const { kid } = isJsonObject(key) ? (key as unknown as Jwk) : {};
  return typeof kid === 'string' ? kid : undefined;
}

/** Returns the algorithm with which `sign` signs. */
export function defaultAlgorithm(input: KeyInput): Algorithm {
  const argument = preparedKeyArgument('sign');
  const [algorithm] = usableAlgorithms(requireKey(input, argument), undefined, argument);
  return algorithm as Algorithm;
}
