/** The command `attack`: sends forged tokens to a verifier of yours. */

import { attack as runAttack } from '../../testing/attack/attack.ts';
import type { AttackOptions } from '../../testing/attack/attack-options.ts';
import type { SigningFixtures, TokenFixtures } from '../../testing/attack/fixtures.ts';
import type { AttackReport } from '../../testing/attack/report.ts';
import type { VerifyFunction } from '../../testing/attack/target.ts';
import type { Arguments } from '../args.ts';
import { defineCommand } from '../command.ts';
import { wrongUsage } from '../command-error.ts';
import { readEnvFile, readToken, tokenOptions } from '../input.ts';
import { writeJson, writeLine } from '../output.ts';
import { loadTarget } from '../parts/attack-target.ts';
import { toAlgorithm, toDuration, withoutUndefined } from '../parts/check-options.ts';
import { claimsHelp, readClaims } from '../parts/claims-option.ts';
import { withEngineErrors } from '../parts/engine-errors.ts';
import {
  defaultAlgorithm,
  kidOf,
  ownKeyHelp,
  ownKeyOptions,
  readSigningKey,
} from '../parts/key-options.ts';
import type { Surroundings } from '../surroundings.ts';

const help = `Usage: jotkit attack <target> <key> [--claims <claims>] [options]
       jotkit attack <target> <token> [<key>] [options]

Sends about 300 forged tokens to your own verifier, and lists those that it
accepts. The exit code is 1 if it accepts one, and 3 if it rejects the genuine
token, so that nothing is known.

Target: a URL on this machine, such as http://localhost:3000/me, or a module
and its export, such as ./app.js#verify: a function of a token that throws for
a wrong one, or an application (request, response).

Genuine tokens are signed with a key for tests:
${ownKeyHelp}${claimsHelp}  --algorithm <name>     Default: that of the key
  --kid <value>          Set "kid" in the header
  --typ <type>           Set "typ" in the header. Default: JWT

If you cannot sign, pass a token ("-" is stdin), and its public key as <key>.
  --token-env <name>     Read the token from this variable
  --dotenv <path>        Read variables that are not set from this file, also
                         for the module

Options; those with a plus can be repeated:
  --route <path>         Path of a route that requires a token
  --method <name>        Method of the requests. Default: GET
  --cookie <name>        Cookie that carries the token
  --header <name>        Header that carries the token alone. Default:
                         Authorization, after Bearer
  --timeout <time>       Longest time for one token. Default: 5s
  --only <name> +        Run only this case or class of cases, such as confusion
  --skip <name> +        Omit this case or class of cases
  --fail-on <level>      hole, fault or note: the least that exits with 1.
                         Default: hole
  --json                 Print the report on one line
  -h, --help             Show this help
`;

const options = {
  ...tokenOptions,
  ...ownKeyOptions,
  claims: { type: 'string' },
  algorithm: { type: 'string' },
  kid: { type: 'string' },
  typ: { type: 'string' },
  route: { type: 'string' },
  method: { type: 'string' },
  cookie: { type: 'string' },
  header: { type: 'string' },
  timeout: { type: 'string' },
  only: { type: 'list' },
  skip: { type: 'list' },
  'fail-on': { type: 'string' },
  json: { type: 'boolean' },
} as const;

type AttackArguments = Arguments<typeof options>;

export const attack = defineCommand({
  help,
  options,
  positionals: 2,
  async run({ values, positionals: [target, ...token] }, surroundings) {
    if (target === undefined) throw wrongUsage('pass a target: a URL, or a module and its export');
    const settings = readSettings(values);
    const fixtures = await readFixtures({ values, positionals: token }, surroundings);
    const variables = await readEnvFile(values, surroundings);
    const loaded = await loadTarget(target, variables, surroundings);
    const report = await withEngineErrors(() => {
      return runAttack(loaded as VerifyFunction, fixtures, settings);
    });
    return show(report, values.json, surroundings);
  },
});

/** Without a hole, a report about a target that rejects genuine tokens, too, says nothing. */
function show(
  report: AttackReport,
  asJson: boolean | undefined,
  surroundings: Surroundings,
): number {
  const { ok, holes, inconclusive } = report;
  const isKnown = inconclusive === undefined || holes.length > 0;
  if (asJson) writeJson(surroundings, report, true);
  else if (isKnown) surroundings.stdout(`${report}\n`);
  else writeLine(surroundings, 'inconclusive', inconclusive);
  return ok ? 0 : isKnown ? 1 : 3;
}

function readSettings(values: AttackArguments['values']): AttackOptions {
  const { route, method, cookie, header, only, skip } = values;
  const failOn = values['fail-on'];
  if (failOn !== undefined && !isLevel(failOn)) {
    throw wrongUsage('"--fail-on" must be hole, fault or note');
  }
  const timeout = toDuration(values.timeout, 'timeout');
  return withoutUndefined({ route, method, cookie, header, timeout, only, skip, failOn });
}

function isLevel(name: string): name is NonNullable<AttackOptions['failOn']> {
  return ['hole', 'fault', 'note'].includes(name);
}

/** How to sign genuine tokens, or one genuine token. */
async function readFixtures(
  args: AttackArguments,
  surroundings: Surroundings,
): Promise<SigningFixtures | TokenFixtures> {
  const { values, positionals } = args;
  const hasToken = positionals.length > 0 || values['token-env'] !== undefined;
  const hasKey = values['key-file'] !== undefined || values['key-env'] !== undefined;
  if (hasToken) {
    const made = (['claims', 'algorithm', 'kid', 'typ'] as const).find((name) => values[name]);
    if (made) throw wrongUsage(`"--${made}" is for tokens that are signed here: pass no token`);
    const token = await readToken(args, surroundings);
    return hasKey ? { token, publicKey: await readSigningKey(values, surroundings) } : { token };
  }
  const key = await readSigningKey(values, surroundings);
  const { kid, typ } = values;
  return {
    key,
    algorithm:
      values.algorithm === undefined
        ? await withEngineErrors(() => defaultAlgorithm(key))
        : toAlgorithm(values.algorithm),
    claims: await readClaims(values.claims, surroundings),
    header: withoutUndefined({ kid: kid ?? kidOf(key), typ }),
  };
}
