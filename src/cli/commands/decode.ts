/** The command `decode`: prints what a token says, without verifying it. */

import { errorOf, Fault } from '../../core/token/fault.ts';
import { type ParsedToken, parsePaddedOrNot } from '../../core/token/token.ts';
import { defineCommand } from '../command.ts';
import { readToken, tokenHelp, tokenOptions, variableHelp } from '../input.ts';
import { writeJson, writeLine } from '../output.ts';
import { rejectionLine } from '../parts/engine-errors.ts';

const help = `Usage: jotkit decode [<token>] [options]

Prints header and claims as JSON, without verifying the signature: an attacker
may have written them. Use "jotkit verify" to rely on them.

${tokenHelp}${variableHelp}
Options:
  --json                 Print one line on stdout, also for a rejection
  -h, --help             Show this help
`;

export const decode = defineCommand({
  help,
  options: { ...tokenOptions, json: { type: 'boolean' } },
  positionals: 1,
  async run(args, surroundings) {
    const token = await readToken(args, surroundings);
    const parts = readParts(parsePaddedOrNot(token, Number.POSITIVE_INFINITY));
    if (parts instanceof Fault) {
      const error = errorOf(parts);
      const { code, message } = error;
      if (args.values.json) writeJson(surroundings, { outcome: 'rejected', code, message }, true);
      else writeLine(surroundings, 'rejected', rejectionLine(error));
      return 1;
    }
    writeJson(surroundings, parts, args.values.json);
    const text = 'anyone can write such a token. To check it, run "jotkit verify"';
    writeLine(surroundings, 'unverified', text);
    return 0;
  },
});

function readParts(token: ParsedToken | Fault): { header: object; payload: object } | Fault {
  if (token instanceof Fault) return token;
  const payload = token.readClaims();
  return payload instanceof Fault ? payload : { header: token.readHeader(), payload };
}
