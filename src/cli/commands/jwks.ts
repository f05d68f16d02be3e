/** The command `jwks`: prints public keys as a JWK Set or as PEM. */

import { allAlgorithms, withSynonyms } from '../../core/keys/algorithms.ts';
import { requireKey } from '../../core/keys/import-key.ts';
import { preparedKeyArgument } from '../../core/keys/key.ts';
import { isCompatible } from '../../core/keys/key-checks.ts';
import type { Jwk, KeyInput } from '../../core/keys/key-input.ts';
import { exportJwk, exportPem } from '../../jwk/convert.ts';
import { thumbprint } from '../../jwk/thumbprint.ts';
import { defineCommand } from '../command.ts';
import { wrongUsage } from '../command-error.ts';
import { readInput, variableHelp, variableOptions, variableReader } from '../input.ts';
import { writeJson } from '../output.ts';
import { toAlgorithm } from '../parts/check-options.ts';
import { withEngineErrors } from '../parts/engine-errors.ts';
import { isSet, parseKey } from '../parts/key-options.ts';

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

export const jwks = defineCommand({
  help,
  options: {
    'key-env': { type: 'list' },
    ...variableOptions,
    algorithm: { type: 'string' },
    pem: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  positionals: Number.POSITIVE_INFINITY,
  async run({ values, positionals }, surroundings) {
    const alg = values.algorithm === undefined ? undefined : toAlgorithm(values.algorithm);
    if (values.pem && (values.json || alg)) {
      throw wrongUsage('PEM has no other form and no algorithm: pass "--pem" alone');
    }
    const readVariable = await variableReader(values, surroundings);
    const inputs: Buffer[] = [];
    for (const [index, path] of positionals.entries()) {
      inputs.push(await readInput(path, `file ${index + 1}`, surroundings));
    }
    for (const name of values['key-env'] ?? []) {
      inputs.push(Buffer.from(readVariable(name, 'key-env')));
    }
    if (inputs.length === 0) throw wrongUsage('pass the path of a key, or "--key-env"');
    const keys = inputs.flatMap((bytes) => {
      const key = parseKey(bytes);
      return isSet(key) ? readMembers(key) : [key];
    });
    await withEngineErrors(() => {
      if (values.pem) surroundings.stdout(keys.map((key) => exportPem(key)).join(''));
      else writeJson(surroundings, { keys: keys.map((key) => publish(key, alg)) }, values.json);
    });
    return 0;
  },
});

function readMembers({ keys }: { readonly keys: unknown }): KeyInput[] {
  if (Array.isArray(keys)) return keys;
  throw wrongUsage('a JWK Set must have an array "keys"');
}

/** Returns the public JWK with what a verifier needs to choose it. */
function publish(key: KeyInput, chosen: string | undefined): Jwk {
  const jwk: Jwk = exportJwk(key);
  const alg = chosen ?? jwk.alg ?? onlyAlgorithm(jwk);
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
