/** Reads the claims that a command signs. */

import { isJsonObject, parseJson } from '../../core/encoding/strict-json.ts';
import { wrongUsage } from '../command-error.ts';
import { readInput, withoutByteOrderMark } from '../input.ts';
import type { Surroundings } from '../surroundings.ts';

export const claimsHelp = `  --claims <claims>      A JSON object, @path of a file, or "-" for stdin
`;

/** Reads a JSON object from the argument, the file that it names behind `@`, or stdin. */
export async function readClaims(
  value: string | undefined,
  surroundings: Surroundings,
): Promise<Record<string, unknown>> {
  if (value === undefined) return {};
  const path = value === '-' ? value : value.startsWith('@') ? value.slice(1) : undefined;
  const name = path === '-' ? 'the claims' : 'the file of "--claims"';
  const text = path === undefined ? value : (await readInput(path, name, surroundings)).toString();
  const claims = parseJson(withoutByteOrderMark(text));
  if (isJsonObject(claims)) return claims;
  const what = path === undefined ? '"--claims"' : name;
  throw wrongUsage(
    `${what} must be a JSON object without duplicate members, such as {"sub":"ada"}`,
  );
}
