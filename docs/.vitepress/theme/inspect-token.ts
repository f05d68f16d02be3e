/** Decodes a token and lists what a verifier would reject. No key, so no signature is verified. */

export interface Finding {
  code?: string;
  /** A token like this can be valid. */
  isHint?: true;
  text: string;
}

export interface Inspection {
  /** Indented JSON, or the decoded text if the part is not JSON. */
  header: string | undefined;
  payload: string | undefined;
  findings: Finding[];
}

const NOTHING = { header: undefined, payload: undefined };

type Members = Record<string, unknown>;

/** The default `maxTokenLength`. A page can decode more, so that you see what it is. */
const MAX_TOKEN_LENGTH = 65_536;
const MAX_SHOWN = 20_000;
/** In seconds this is the year 5138; in milliseconds 1973. */
const MILLISECONDS = 1e11;

/** `now` in seconds since 1970, as in `exp`. */
export function inspectToken(pasted: string, now: number): Inspection {
  const findings: Finding[] = [];
  const token = withoutWrapping(pasted, findings);
  if (!token) return { ...NOTHING, findings: [] };
  if (token.length > MAX_TOKEN_LENGTH) {
    const text = `The token has ${token.length} characters. Verifiers accept at most ${MAX_TOKEN_LENGTH}.`;
    findings.push({ code: 'ERR_TOKEN_TOO_LONG', text });
  }
  const parts = token.split('.', 6);
  if (parts.length !== 3) {
    findings.push(parts.length === 5 ? ENCRYPTED : malformed(partsText(parts)));
    return { ...NOTHING, findings };
  }
  const [first = '', second = '', signature = ''] = parts;
  const header = readPart('header', first, 'ERR_HEADER_INVALID', findings);
  const payload = readPart('payload', second, 'ERR_PAYLOAD_INVALID', findings);
  if (header.members) checkHeader(header.members, findings);
  if (!signature) {
    const text = 'The signature is empty: anybody can write this token.';
    findings.push({ code: 'ERR_SIGNATURE_MISSING', text });
  } else if (!decode(signature)) findings.push(malformed('The signature is not base64url.'));
  if (payload.members) checkClaims(payload.members, now, findings);
  return { header: header.shown, payload: payload.shown, findings };
}

const ENCRYPTED: Finding = {
  code: 'ERR_TOKEN_ENCRYPTED',
  text: 'The token has five parts, so it is encrypted (JWE). jotkit verifies signed tokens.',
};

function malformed(text: string): Finding {
  return { code: 'ERR_TOKEN_MALFORMED', text };
}

function partsText(parts: string[]): string {
  const { length } = parts;
  const [only = ''] = parts;
  if (/^(undefined|null)$/.test(only)) return `The token is the string \`${only}\`.`;
  const found = length > 5 ? 'more than five parts' : `${length} parts`;
  const start =
    length === 1 ? 'The token has no dots: it is opaque or cut off' : `The token has ${found}`;
  return `${start}. A signed token has three parts, separated by dots.`;
}

/** Removes what is often copied along, and reports each. */
function withoutWrapping(pasted: string, findings: Finding[]): string {
  let token = pasted.trim();
  const remove = (pattern: RegExp, text: string) => {
    const rest = token.replace(pattern, '').trim();
    if (rest !== token) findings.push(malformed(text));
    token = rest;
  };
  remove(/^authorization:/i, 'A header name is in front of the token. Pass the token alone.');
  remove(/^["'`]|["'`]$/g, 'The token is in quotes. Remove them.');
  remove(/^bearer\s+/i, '“Bearer ” is in front of the token. Pass the token alone.');
  remove(/\s+/g, 'White space is inside the token. Remove it.');
  return token;
}

interface Part {
  shown?: string;
  members?: Members;
}

function readPart(name: string, text: string, code: string, findings: Finding[]): Part {
  const bytes = decode(text);
  if (!bytes || bytes.length === 0) {
    const reason = /[+/=]/.test(text) ? 'base64, not base64url' : 'not base64url';
    findings.push(malformed(text ? `The ${name} is ${reason}.` : `The ${name} is empty.`));
    return {};
  }
  let json: string;
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    findings.push({ code, text: `The ${name} is not UTF-8.` });
    return {};
  }
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { shown: shorten(JSON.stringify(value, null, 2)), members: value as Members };
    }
  } catch {
    // Not JSON, or nested too deep to print.
  }
  findings.push({ code, text: `The ${name} is not a JSON object.` });
  return { shown: shorten(json) };
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}\n…` : text;
}

/** Returns `undefined` if the text is not canonical base64url (RFC 7515 §2). */
function decode(text: string): Uint8Array | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
  const binary = atob(base64);
  const isCanonical = btoa(binary).replace(/=+$/, '') === base64;
  return isCanonical ? Uint8Array.from(binary, (letter) => letter.charCodeAt(0)) : undefined;
}

/** Own members only: a token can name one `__proto__`. */
function member(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function checkHeader(header: Members, findings: Finding[]): void {
  const alg = member(header, 'alg');
  if (typeof alg !== 'string') {
    findings.push({ code: 'ERR_HEADER_ALG', text: 'The header has no `alg`.' });
  } else if (alg.toLowerCase() === 'none') {
    findings.push({ code: 'ERR_HEADER_ALG', text: '`alg` is `none`: the token is unsigned.' });
  }
  const typ = member(header, 'typ');
  if (typeof typ === 'string' && /^(application\/)?rt\+jwt$/i.test(typ)) {
    const text = '`typ` is `rt+jwt`: a refresh token. Send the access token to an API.';
    findings.push({ code: 'ERR_HEADER_TYP', text, isHint: true });
  }
  if (Object.hasOwn(header, 'crit')) {
    const text = '`crit` names an extension that the verifier must support.';
    findings.push({ code: 'ERR_HEADER_CRIT', text });
  }
}

function checkClaims(claims: Members, now: number, findings: Finding[]): void {
  for (const name of ['exp', 'nbf', 'iat']) {
    const time = member(claims, name);
    if (time === undefined) continue;
    if (typeof time !== 'number') {
      const text = `\`${name}\` is not a number. Write seconds since 1970.`;
      findings.push({ code: 'ERR_CLAIM_INVALID', text });
    } else if (time >= MILLISECONDS) {
      const text = `\`${name}\` is in milliseconds. Write seconds: divide by 1000.`;
      const accepted: Finding = { code: 'JOTKIT_TIME_UNIT', text, isHint: true };
      findings.push(name === 'nbf' ? { code: 'ERR_CLAIM_NOT_ACTIVE', text } : accepted);
    } else if (name === 'exp' && time <= now) {
      findings.push({ code: 'ERR_CLAIM_EXPIRED', text: `Expired ${timespan(now - time)} ago.` });
    } else if (name === 'nbf' && time > now) {
      const text = `Not active for another ${timespan(time - now)}.`;
      findings.push({ code: 'ERR_CLAIM_NOT_ACTIVE', text });
    }
  }
  if (!Object.hasOwn(claims, 'exp'))
    findings.push({ text: 'No `exp`: the token never expires.', isHint: true });
  if (!Object.hasOwn(claims, 'aud')) {
    const text = 'No `aud`: a verifier with `audience` rejects it.';
    findings.push({ code: 'ERR_CLAIM_MISSING', text, isHint: true });
  }
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

function timespan(seconds: number): string {
  const [name, length] = UNITS.find(([, length]) => seconds >= length) ?? (['second', 1] as const);
  const count = Math.max(1, Math.floor(seconds / length));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
