/** Turns errors of the library into what the command line prints. */

import { type JsonWebTokenError, KeySourceError } from '../../errors.ts';
import { CommandError, wrongUsage } from '../command-error.ts';
import { writeJson } from '../output.ts';
import type { Surroundings } from '../surroundings.ts';

/** What a message suggests to callers of the library, and what it is here. */
const suggestions: ReadonlyArray<readonly [RegExp, string]> = [
  [/pass \{ key, passphrase \}/, 'pass "--passphrase-env"'],
  [/the passphrase does not/, 'the passphrase of "--passphrase-env" does not'],
  [/pass \{ key, encoding: '(\w+)' \}/, 'pass "--key-encoding $1"'],
  [
    /it is the (?:JSON|text) of (a JWK(?: Set)?): pass .*/,
    'it looks like $1, but is not valid JSON, or has duplicate members',
  ],
  [/: pass the option type "\w+"/, ''],
  [/: pass them as "headers"/, ''],
  [/fixtures must have "publicKey" with/, 'pass the public key with "--key-file" for'],
  [
    /^Bad "options\.\w+" option.*"(\w+)" property\.$/,
    '"$1" is in "--claims" and an option: omit one',
  ],
  // The name may be a pasted secret.
  [/, and no case has the name ".*"(?=: (?:did you mean|expected) )/s, ''],
  [/"(only|skip|route|method|algorithm)"(?= (?:and|must|is) )/g, '"--$1"'],
];

/** Runs a step of the library. Errors about keys and options are wrong usage; a key source that fails is not. */
export async function withEngineErrors<Result>(
  step: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof KeySourceError) throw new CommandError(sourceMessage(error), 3);
    if (!(error instanceof TypeError && Object.hasOwn(error, 'code'))) throw error;
    const message = suggestions.reduce(
      (text, [pattern, replacement]) => text.replace(pattern, replacement),
      error.message,
    );
    throw wrongUsage(message);
  }
}

/** Runs a command; with `--json`, a key source that fails is a line on stdout. Resolves to the exit code. */
export async function withFailureAsJson(
  asJson: boolean | undefined,
  surroundings: Surroundings,
  run: () => Promise<number>,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    const isFailed = error instanceof CommandError && error.exitCode === 3;
    if (!isFailed || !asJson) throw error;
    const { message } = error;
    writeJson(surroundings, { outcome: 'failed', code: 'ERR_KEY_SOURCE', message }, true);
    return 3;
  }
}

/** The message has the reason. Of the causes only the code is added: those of the runtime may quote a URL. */
function sourceMessage(error: KeySourceError): string {
  let code: unknown;
  for (let each: unknown = error.cause; each instanceof Error; each = each.cause) {
    code = (each as NodeJS.ErrnoException).code ?? code;
  }
  const isSystemCode = typeof code === 'string' && /^[A-Z][A-Z\d_]{2,40}$/.test(code);
  return isSystemCode ? `${error.message} (${code})` : error.message;
}

const ENCRYPTED = 'it has five parts, so it is encrypted (JWE), which is not supported';

/** Returns the message of a rejection, its code, and what the caller may have passed instead of a token. */
export function rejectionLine({ code, message, cause }: JsonWebTokenError): string {
  const remark = code === 'ERR_TOKEN_ENCRYPTED' ? ENCRYPTED : undefined;
  const hint = cause instanceof Error ? cause.message : remark;
  return `${message} (${code})${hint ? `: ${hint}` : ''}`;
}
