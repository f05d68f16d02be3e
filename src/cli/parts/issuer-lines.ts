/** Runs the lines that a person or a script writes to a running test issuer. */

import { isJsonObject, parseJson } from '../../core/encoding/strict-json.ts';
import type { TestIssuer } from '../../testing/issuer/create-test-issuer.ts';
import type { TokenFault } from '../../testing/issuer/faults.ts';
import type { OutageKind } from '../../testing/issuer/outages.ts';
import { wrongUsage } from '../command-error.ts';
import { parseTime } from './check-options.ts';
import { withEngineErrors } from './engine-errors.ts';

const faults = [
  'expired',
  'notActive',
  'wrongKey',
  'wrongAudience',
  'wrongIssuer',
  'unknownKid',
  'noKid',
  'unsigned',
  'tampered',
] as const satisfies readonly TokenFault[];

const outages = [
  'status',
  'refused',
  'timeout',
  'html',
  'truncated',
  'empty',
] as const satisfies readonly OutageKind[];

export const linesHelp = `Lines on stdin, while it runs:
  <Enter>                Print a token
  token [<fault>...] [<claims>]
                         Print a token with faults and claims (JSON). Faults:
                         ${faults.slice(0, 5).join(' ')}
                         ${faults.slice(5).join(' ')}
  rotate                 Sign with a new key, and publish the old one, too
  revoke                 Sign with a new key, and publish only that
  outage [<kind>]        Fail: ${outages.join(' ')}
  slow <time>            Delay each response
  recover                End the outage and the delay
  advance <time>         Move the clock of the issuer forward
`;

/** What a line led to: a token, or words for the person. */
export interface LineResult {
  readonly token?: string;
  readonly note?: string;
}

type Run = (
  issuer: TestIssuer,
  rest: string,
  claims: Record<string, unknown>,
) => LineResult | Promise<LineResult>;

const runs: Readonly<Record<string, Run>> = {
  async token(issuer, rest, claims) {
    return { token: await createToken(issuer, rest, claims) };
  },
  async rotate(issuer) {
    return { note: `signs with the new key ${await issuer.rotate()}` };
  },
  async revoke(issuer) {
    const kid = await issuer.rotate({ keepOld: false });
    return { note: `signs with the new key ${kid}, and publishes no other` };
  },
  outage(issuer, rest) {
    issuer.outage((rest || 'status') as OutageKind);
    return { note: 'fails until "recover"' };
  },
  slow(issuer, rest) {
    issuer.slow(parseTime(rest, 'the time'));
    return { note: 'responds late until "recover"' };
  },
  recover(issuer) {
    issuer.recover();
    return { note: 'responds as before' };
  },
  advance(issuer, rest) {
    issuer.advance(parseTime(rest, 'the time'));
    return { note: `the time is ${new Date(issuer.now()).toISOString()}` };
  },
};

/** Runs one line. Throws CommandError for one that it does not know. */
export async function runLine(
  issuer: TestIssuer,
  line: string,
  claims: Record<string, unknown>,
): Promise<LineResult> {
  const [, name = '', rest = ''] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  const word = name === '' ? 'token' : name;
  const run = Object.hasOwn(runs, word) ? runs[word] : undefined;
  if (!run) throw wrongUsage(`unknown line: expected ${Object.keys(runs).join(', ')}`);
  return withEngineErrors(() => run(issuer, rest, claims));
}

async function createToken(
  issuer: TestIssuer,
  rest: string,
  defaults: Record<string, unknown>,
): Promise<string> {
  const start = rest.indexOf('{');
  const words = (start === -1 ? rest : rest.slice(0, start)).split(/\s+/).filter(Boolean);
  const claims = start === -1 ? {} : parseJson(rest.slice(start));
  if (!isJsonObject(claims)) throw wrongUsage('the claims must be a JSON object');
  return issuer.token({ ...defaults, ...claims }, words as TokenFault[]);
}
