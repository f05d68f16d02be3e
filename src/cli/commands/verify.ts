/** The command `verify`: verifies a token and prints its claims. */

import type { Jwt } from '../../core/token/token.ts';
import { createVerifier } from '../../core/verify/create-verifier.ts';
import type { VerificationResult } from '../../core/verify/verification-result.ts';
import { defineCommand } from '../command.ts';
import { readToken, tokenHelp, tokenOptions, variableHelp } from '../input.ts';
import { writeJson, writeLine } from '../output.ts';
import { checkHelp, checkOptions, toVerifierOptions } from '../parts/check-options.ts';
import { rejectionLine, withEngineErrors, withFailureAsJson } from '../parts/engine-errors.ts';
import { keyHelp, keyOptions, readVerificationKey } from '../parts/key-options.ts';
import type { Surroundings } from '../surroundings.ts';

const help = `Usage: jotkit verify [<token>] <key> [options]

Verifies a token and prints its claims as JSON. If the token is rejected, the
reason is on stderr and the exit code is 1. If the keys cannot be fetched, the
exit code is 3.

${tokenHelp}
${keyHelp}${variableHelp}
${checkHelp}
Options:
  --json                 Print one line on stdout, also for a rejection
  -h, --help             Show this help
`;

export const verify = defineCommand({
  help,
  options: { ...tokenOptions, ...keyOptions, ...checkOptions, json: { type: 'boolean' } },
  positionals: 1,
  async run(args, surroundings) {
    const { values } = args;
    const options = { ...toVerifierOptions(values), complete: true, async: true } as const;
    const token = await readToken(args, surroundings);
    return withFailureAsJson(values.json, surroundings, async () => {
      const result = await withEngineErrors(async () => {
        const { key, close } = await readVerificationKey(values, surroundings);
        try {
          return await createVerifier(key, options).result(token);
        } finally {
          close();
        }
      });
      return show(result, values.json, surroundings);
    });
  },
});

function show(
  result: VerificationResult<Jwt>,
  asJson: boolean | undefined,
  surroundings: Surroundings,
): number {
  if (result.ok) {
    const { header, payload } = result.value;
    if (asJson) writeJson(surroundings, { outcome: 'accepted', header, payload }, true);
    else writeJson(surroundings, payload);
    return 0;
  }
  const { code, message, claim } = result;
  if (asJson) writeJson(surroundings, { outcome: 'rejected', code, message, claim }, true);
  else writeLine(surroundings, 'rejected', rejectionLine(result.error));
  return 1;
}
