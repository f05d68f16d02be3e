/** The parameters of a request body: a form, as OAuth has it, or a JSON object. */

/** More than this is nobody's token: RFC 9110 §15.5.14. */
const MAX_BYTES = 262_144;

/** The body cannot be read as parameters. */
export class BodyError extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** One parameter that has to be there, once, as text: RFC 6749 §3.2. */
export async function parameterOf(request: Request, name: string): Promise<string> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return fromJson(await textOf(request), name);
  if (type !== 'application/x-www-form-urlencoded') {
    throw new BodyError(415, 'The body must be a form or JSON');
  }
  const [value, another] = new URLSearchParams(await textOf(request)).getAll(name);
  if (!value || another !== undefined) throw missing(name);
  return value;
}

function fromJson(text: string, name: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BodyError(400, 'The body is not JSON');
  }
  const own = Object(value) as Record<string, unknown>;
  const found = Object.hasOwn(own, name) ? own[name] : undefined;
  if (typeof found !== 'string' || found === '') throw missing(name);
  return found;
}

function missing(name: string): BodyError {
  return new BodyError(400, `The parameter "${name}" must be there once`);
}

/** Stops reading where it is too much. */
async function textOf(request: Request): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > MAX_BYTES) throw new BodyError(413, 'The body is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
