/** Reads parameters from a request body: a form, as in OAuth 2.0, or a JSON object. */

import { isPlainObject } from '../core/option-rules.ts';

/** 256 KiB, more than any token: RFC 9110 §15.5.14. */
const MAX_BODY_BYTES = 262_144;

/** The body is too large, or the parameter cannot be read from it. */
export class BodyError extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** Reads the body once, for several parameters. Each occurs at most once, as a string: RFC 6749 §3.2. */
export async function readParameters(
  request: Request,
  allowed: 'form or JSON' | 'form' = 'form or JSON',
) {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const isJson = type === 'application/json' && allowed !== 'form';
  if (!isJson && type !== 'application/x-www-form-urlencoded') {
    throw new BodyError(415, `the body must be a ${allowed}`);
  }
  const body = await readBody(request);
  const form = isJson ? formOfJson(body) : formOf(body);

  /** Returns undefined if the parameter is absent or empty. */
  function optional(name: string): string | undefined {
    const [value, second] = form.getAll(name);
    if (second !== undefined)
      throw new BodyError(400, `"${name}" must be in the body at most once, as a string`);
    return value || undefined;
  }

  return {
    form,
    optional,
    required(name: string): string {
      const value = optional(name);
      if (value === undefined)
        throw new BodyError(400, `"${name}" must be in the body exactly once, as a string`);
      return value;
    },
  };
}

/** 131,000 parameters take half a second. */
const MAX_PARAMETERS = 100;

function checkCount({ length }: readonly unknown[]): void {
  if (length > MAX_PARAMETERS) throw new BodyError(400, 'the body has too many parameters');
}

function formOf(body: string): URLSearchParams {
  checkCount(body.split('&', MAX_PARAMETERS + 1));
  return new URLSearchParams(body);
}

/** Reads the members that are strings: all others would become strings that the client did not send. */
function formOfJson(body: string): URLSearchParams {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new BodyError(400, 'the body is not valid JSON');
  }
  const isString = (entry: [string, unknown]): entry is [string, string] => {
    return typeof entry[1] === 'string';
  };
  const members = isPlainObject(parsed) ? Object.entries(parsed) : [];
  checkCount(members);
  return new URLSearchParams(members.filter(isString));
}

/** Stops reading at the limit: the rest of a longer body is never buffered. */
async function readBody(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new BodyError(413, 'the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
