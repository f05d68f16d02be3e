/** Reads a parameter from a request body: a form, as in OAuth 2.0, or a JSON object. */

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

/** Resolves to a parameter that must occur exactly once, as a non-empty string: RFC 6749 §3.2. */
export async function readParameter(request: Request, name: string): Promise<string> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return parameterFromJson(await readBody(request), name);
  if (type !== 'application/x-www-form-urlencoded') {
    throw new BodyError(415, 'the body must be a form or JSON');
  }
  const [value, second] = new URLSearchParams(await readBody(request)).getAll(name);
  if (!value || second !== undefined) throw parameterError(name);
  return value;
}

function parameterFromJson(body: string, name: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new BodyError(400, 'the body is not valid JSON');
  }
  const members = Object(parsed) as Record<string, unknown>;
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (typeof value !== 'string' || value === '') throw parameterError(name);
  return value;
}

function parameterError(name: string): BodyError {
  return new BodyError(400, `"${name}" must be in the body exactly once`);
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
