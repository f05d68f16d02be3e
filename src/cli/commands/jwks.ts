/** The command `jwks`: prints public keys as a JWK Set or as PEM. */

import { type Algorithm, allAlgorithms, withSynonyms } from '../../core/keys/algorithms.ts';
import { requireKey } from '../../core/keys/import-key.ts';
import { preparedKeyArgument } from '../../core/keys/key.ts';
import { isCompatible, usableAlgorithms } from '../../core/keys/key-checks.ts';
import type { Jwk, KeyInput } from '../../core/keys/key-input.ts';
import { exportJwk, exportPem } from '../../jwk/convert.ts';
import { thumbprint } from '../../jwk/thumbprint.ts';
import type { Arguments } from '../args.ts';
import { defineCommand } from '../command.ts';
import { CommandError, wrongUsage } from '../command-error.ts';
import { readInput, variableHelp, variableOptions, variableReader } from '../input.ts';
import { writeJson, writeLine } from '../output.ts';
import { toAlgorithm } from '../parts/check-options.ts';
import { withEngineErrors } from '../parts/engine-errors.ts';
import { isSet, parseKey } from '../parts/key-options.ts';
import type { Surroundings } from '../surroundings.ts';

const help = `Usage: jotkit jwks [<path>...] [options]

Prints the public keys of files as a JWK Set: of PEM, DER, JWKs and JWK Sets,
public or private. "-" is stdin. Each key has a "kid": its own, or its
thumbprint (RFC 7638). A private key is never printed.

Keys; those with a plus can be repeated:
  --key-env <name> +     Add the key in this variable
${variableHelp}
Options:
  --algorithm <name>     Set "alg". Default: that of a JWK, or the only one of
                         the type of key
  --pem                  Print the keys as PEM
  --json                 Print the set on one line
  -h, --help             Show this help
`;

const options = {
  'key-env': { type: 'list' },
  ...variableOptions,
  algorithm: { type: 'string' },
  pem: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const jwks = defineCommand({
  help,
  options,
  positionals: Number.POSITIVE_INFINITY,
  async run({ values, positionals }, surroundings) {
    const alg = values.algorithm === undefined ? undefined : toAlgorithm(values.algorithm);
    if (values.pem && (values.json || alg)) {
      throw wrongUsage('PEM has no other form and no algorithm: pass "--pem" alone');
    }
    const keys = await readKeys(values, positionals, surroundings);
    if (keys.length === 0) throw wrongUsage('pass the path of a key, or "--key-env"');
    const print = values.pem ? exportPem : (key: KeyInput) => publish(key, alg);
    const printed: Array<string | Jwk> = [];
    for (const { key, name, isMember } of keys) {
      try {
        printed.push(await withEngineErrors(() => print(key)));
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        const reason = `${name}: ${error.message}`;
        if (!isMember) throw wrongUsage(reason);
        writeLine(surroundings, 'warning', `omitted ${reason}`);
      }
    }
    if (values.pem) surroundings.stdout(printed.join(''));
    else writeJson(surroundings, { keys: printed }, values.json);
    return printed.length > 0 ? 0 : 1;
  },
});

interface NamedKey {
  readonly key: KeyInput;
  /** Where it was read, for errors. */
  readonly name: string;
  /** Whether it is of a JWK Set: a set can have keys for other uses. */
  readonly isMember: boolean;
}

async function readKeys(
  values: Arguments<typeof options>['values'],
  paths: readonly string[],
  surroundings: Surroundings,
): Promise<NamedKey[]> {
  const readVariable = await variableReader(values, surroundings);
  const inputs: Array<[name: string, bytes: Buffer]> = [];
  for (const [index, path] of paths.entries()) {
    const name = `file ${index + 1}`;
    inputs.push([name, await readInput(path, name, surroundings)]);
  }
  for (const [index, variable] of (values['key-env'] ?? []).entries()) {
    inputs.push([`variable ${index + 1}`, Buffer.from(readVariable(variable, 'key-env'))]);
  }
  return inputs.flatMap(([name, bytes]): NamedKey[] => {
    const key = parseKey(bytes);
    if (!isSet(key)) return [{ key, name, isMember: false }];
    if (!Array.isArray(key.keys)) throw wrongUsage(`${name}: a JWK Set must have an array "keys"`);
    return key.keys.map((member: KeyInput, index) => {
      return { key: member, name: `key ${index + 1} of ${name}`, isMember: true };
    });
  });
}

/** Returns the public JWK with what a verifier needs to choose it. */
function publish(key: KeyInput, chosen: Algorithm | undefined): Jwk {
  const { alg: own, ...jwk }: Jwk = exportJwk(key);
  const argument = preparedKeyArgument('verify');
  if (chosen) usableAlgorithms(requireKey(jwk, argument), [chosen], argument);
  const alg = chosen ?? own ?? onlyAlgorithm(jwk);
  return { use: 'sig', kid: thumbprint(jwk), ...jwk, ...(alg !== undefined && { alg }) };
}

/** Of RSA, several algorithms are usual: only the issuer knows which. */
function onlyAlgorithm(jwk: Jwk): string | undefined {
  const key = requireKey(jwk, preparedKeyArgument('verify'));
  const [first, ...others] = allAlgorithms.filter((alg) => {
    return alg !== 'none' && isCompatible(alg, key, 'verify');
  });
  const names = first === undefined ? [] : withSynonyms(first);
  return others.every((other) => names.includes(other)) ? first : undefined;
}
