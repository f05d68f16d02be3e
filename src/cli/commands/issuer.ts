/** The command `issuer`: runs an issuer for tests until Ctrl-C. */

import { createTestIssuer, type TestIssuer } from '../../testing/issuer/create-test-issuer.ts';
import type { TestIssuerOptions } from '../../testing/issuer/options.ts';
import { defineCommand } from '../command.ts';
import { CommandError, wrongUsage } from '../command-error.ts';
import { readLines } from '../input.ts';
import { writeJson, writeLine } from '../output.ts';
import { toAlgorithm, toDuration, withoutUndefined } from '../parts/check-options.ts';
import { claimsHelp, readClaims } from '../parts/claims-option.ts';
import { withEngineErrors } from '../parts/engine-errors.ts';
import { linesHelp, runLine } from '../parts/issuer-lines.ts';
import type { Surroundings } from '../surroundings.ts';

const help = `Usage: jotkit issuer [options]

Runs an issuer for tests on 127.0.0.1 until Ctrl-C: metadata, a JWK Set, and
tokens. It prints a token at once, and another for each line on stdin.

Options; those with a plus can be repeated:
  --port <number>        Default: a free port
  --algorithm <name>     Default: RS256
  --aud <value> +        Set "aud" of the tokens
${claimsHelp.replace(', or "-" for stdin', '')}  --expires-in <time>    Lifetime of the tokens. Default: 5m
  --typ <type>           "typ" in the header. Default: JWT
  --json                 Print JSON lines: the issuer, then the tokens
  -h, --help             Show this help

${linesHelp}`;

export const issuer = defineCommand({
  help,
  options: {
    port: { type: 'string' },
    algorithm: { type: 'string' },
    aud: { type: 'list' },
    claims: { type: 'string' },
    'expires-in': { type: 'string' },
    typ: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: 0,
  async run({ values }, surroundings) {
    const { algorithm, aud, typ, json = false } = values;
    if (values.claims === '-')
      throw wrongUsage('stdin is for lines: pass "--claims" as JSON or @path');
    const options = withoutUndefined({
      algorithm: algorithm === undefined ? undefined : toAlgorithm(algorithm),
      audience: aud?.length === 1 ? aud[0] : aud,
      expiresIn: toDuration(values['expires-in'], 'expires-in'),
      typ,
      listen: values.port === undefined ? true : toPort(values.port),
    }) as TestIssuerOptions;
    const claims = await readClaims(values.claims, surroundings);
    const running = await start(options);
    const session: Session = { running, claims, json, surroundings };
    try {
      const interrupted = surroundings.untilInterrupted();
      introduce(session);
      await runAndPrint('', session);
      // After the end of stdin it runs on, as in a container.
      await Promise.race([interrupted, serveLines(session).then(() => interrupted)]);
    } finally {
      await running.close();
    }
    return 0;
  },
});

interface Session {
  readonly running: TestIssuer;
  /** Of every token. */
  readonly claims: Record<string, unknown>;
  readonly json: boolean;
  readonly surroundings: Surroundings;
}

function toPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw wrongUsage('"--port" must be a number from 1 to 65535');
}

async function start(options: TestIssuerOptions): Promise<TestIssuer> {
  try {
    return await withEngineErrors(() => createTestIssuer(options));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new CommandError('the port of "--port" is in use');
    if (code === 'EACCES') throw new CommandError('the port of "--port" is not for this user');
    throw error;
  }
}

function introduce({ running: { issuer, jwksUri }, json, surroundings }: Session): void {
  if (json) {
    writeJson(surroundings, { issuer, jwksUri }, true);
    return;
  }
  surroundings.stderr(`issuer: ${issuer}
keys:   ${jwksUri}

  curl ${issuer}/.well-known/openid-configuration
  curl ${jwksUri}
  npx jotkit verify --issuer ${issuer} <token>

Enter prints another token, "help" lists what else, Ctrl-C ends.
`);
}

async function serveLines(session: Session): Promise<void> {
  for await (const line of readLines(session.surroundings)) {
    try {
      await runAndPrint(line, session);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      writeLine(session.surroundings, 'error', error.message);
    }
  }
}

async function runAndPrint(line: string, session: Session): Promise<void> {
  const { running, claims, json, surroundings } = session;
  if (line.trim() === 'help') {
    surroundings.stderr(linesHelp);
    return;
  }
  const { token, note } = await runLine(running, line, claims);
  if (note !== undefined) writeLine(surroundings, 'issuer', note);
  if (token === undefined) return;
  if (json) writeJson(surroundings, { token }, true);
  else surroundings.stdout(`${token}\n`);
}
