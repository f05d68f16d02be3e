/** Recognizes strings that name a key instead of being one: anybody can know a URL or a path. */

/** RFC 3986 §3.1, at the start, perhaps in quotes or brackets; `file:` needs no slashes. */
const URL_START = /^[\s"'`<(]*(?:[a-z][a-z\d+.-]{0,30}:\/\/|file:)/i;

/** Schemes that occur in no random secret, anywhere. */
const URL_ANYWHERE = /(?:https?|file):\/\//i;

const ABSOLUTE_PATH = /^\/(?:etc|run|var|home|usr|opt)\//;

const PATH_START = /^(?:\.{1,2}\/|~\/|[A-Z]:[\\/])/i;

// A string, because V8 takes 0.4 ms to parse the pattern, at each start of a program.
const PATH_REST = String.raw`^[\p{L}\p{N} ._@%+~\\/()-]*$`;

const KEY_FILE =
  /^\S+\.(?:pem|key|pub|crt|cer|cert|der|p7b|p8|pk8|p12|pfx|jks|jwks?|json|ppk|asc)$/i;

/** Returns what is wrong with a string that names a key, or undefined. */
export function nameFault(text: string): string | undefined {
  if (URL_START.test(text) || URL_ANYWHERE.test(text)) {
    return 'it is a URL: pass createRemoteJwks(url) from "jotkit/jwk", or the key itself';
  }
  const path = text.trim().replace(/^["'`]|["'`]$/g, '');
  if (ABSOLUTE_PATH.test(path) || isOtherPath(path) || KEY_FILE.test(path)) {
    return 'it is the path of a file: read the file and pass its content';
  }
  return undefined;
}

/** Whether a string has only characters of paths: a random password that starts like a path has others. */
function isOtherPath(text: string): boolean {
  const start = PATH_START.exec(text)?.[0];
  return start !== undefined && new RegExp(PATH_REST, 'u').test(text.slice(start.length));
}
