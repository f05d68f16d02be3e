/** The command `explain`: lists every check of a token. */

import { explain as explainToken, explainUnverified } from '../../explain/explain.ts';
import type { Explanation } from '../../explain/explanation.ts';
import { renderExplanation } from '../../explain/render.ts';
import { defineCommand } from '../command.ts';
import { readToken, tokenHelp, tokenOptions, variableHelp } from '../input.ts';
import { hasColor, writeJson } from '../output.ts';
import { checkHelp, checkOptions, toVerifierOptions } from '../parts/check-options.ts';
import { withEngineErrors, withFailureAsJson } from '../parts/engine-errors.ts';
import { hasKey, keyHelp, keyOptions, readVerificationKey } from '../parts/key-options.ts';

const help = `Usage: jotkit explain [<token>] [<key>] [options]

Lists every check of "jotkit verify", also those behind one that failed, with
what may have caused it. Without a key, the signature is not verified. The exit
code is 0 if the token is accepted, 1 if it is rejected, and 3 if nothing is
known, because there is no key.

${tokenHelp}
${keyHelp}${variableHelp}
${checkHelp}
Options:
  --redact               Hide the values of claims but times, iss and aud
  --json                 Print the explanation on one line
  -h, --help             Show this help
`;

const exitCodes = { accepted: 0, rejected: 1, failed: 3 } as const;

export const explain = defineCommand({
  help,
  options: {
    ...tokenOptions,
    ...keyOptions,
    ...checkOptions,
    redact: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  positionals: 1,
  async run(args, surroundings) {
    const { values } = args;
    const options = { ...toVerifierOptions(values), redact: values.redact ?? false };
    const token = await readToken(args, surroundings);
    return withFailureAsJson(values.json, surroundings, async () => {
      const explanation = await withEngineErrors(async (): Promise<Explanation> => {
        if (!hasKey(values)) return explainUnverified(token, options);
        const { key, close } = await readVerificationKey(values, surroundings);
        try {
          return await explainToken(token, key, options);
        } finally {
          close();
        }
      });
      if (values.json) writeJson(surroundings, explanation, true);
      else {
        // A pseudo-terminal without a size, as of some containers, reports 0 columns.
        const width = surroundings.columns || 80;
        const color = hasColor(surroundings, 'stdout');
        surroundings.stdout(`${renderExplanation(explanation, { color, width })}\n`);
      }
      return exitCodes[explanation.outcome];
    });
  },
});
