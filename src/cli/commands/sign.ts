/** The command `sign`: signs claims and prints the token. */

import { createSigner } from '../../core/sign/create-signer.ts';
import { defineCommand } from '../command.ts';
import { variableHelp } from '../input.ts';
import { writeJson, writeLine } from '../output.ts';
import { toAlgorithm, toDuration, withoutUndefined } from '../parts/check-options.ts';
import { claimsHelp, readClaims } from '../parts/claims-option.ts';
import { withEngineErrors } from '../parts/engine-errors.ts';
import { kidOf, ownKeyHelp, ownKeyOptions, readSigningKey } from '../parts/key-options.ts';

const help = `Usage: jotkit sign <key> [options]

Signs claims and prints the token.

Key, one of:
${ownKeyHelp}${variableHelp}
Claims; those with a plus can be repeated:
${claimsHelp}  --expires-in <time>    Set "exp": seconds from now, or 15m, 2h, 7d
  --not-before <time>    Set "nbf" in the same form
  --iss <value>          Set "iss"
  --aud <value> +        Set "aud"
  --sub <value>          Set "sub"
  --jti <value>          Set "jti"
  --no-timestamp         Set no "iat"

Header:
  --algorithm <name>     Default: that of the key
  --kid <value>          Default: that of a JWK
  --typ <type>           Default: JWT

Options:
  --json                 Print the token as JSON
  -h, --help             Show this help
`;

export const sign = defineCommand({
  help,
  options: {
    ...ownKeyOptions,
    claims: { type: 'string' },
    'expires-in': { type: 'string' },
    'not-before': { type: 'string' },
    iss: { type: 'string' },
    aud: { type: 'list' },
    sub: { type: 'string' },
    jti: { type: 'string' },
    'no-timestamp': { type: 'boolean' },
    algorithm: { type: 'string' },
    kid: { type: 'string' },
    typ: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: 0,
  async run({ values }, surroundings) {
    const { algorithm, typ, aud } = values;
    const options = {
      algorithm: algorithm === undefined ? undefined : toAlgorithm(algorithm),
      header: typ === undefined ? undefined : { typ },
      expiresIn: toDuration(values['expires-in'], 'expires-in'),
      notBefore: toDuration(values['not-before'], 'not-before'),
      audience: aud?.length === 1 ? aud[0] : aud,
      issuer: values.iss,
      subject: values.sub,
      jwtid: values.jti,
      noTimestamp: values['no-timestamp'],
    };
    const key = await readSigningKey(values, surroundings);
    const claims = await readClaims(values.claims, surroundings);
    const keyid = values.kid ?? kidOf(key);
    const token = await withEngineErrors(() => {
      return createSigner(key, withoutUndefined({ ...options, keyid }))(claims);
    });
    if (values.json) writeJson(surroundings, { token }, true);
    else surroundings.stdout(`${token}\n`);
    if (options.expiresIn === undefined && !Object.hasOwn(claims, 'exp')) {
      writeLine(surroundings, 'warning', 'the token never expires: pass "--expires-in"');
    }
    return 0;
  },
});
