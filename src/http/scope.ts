/** Says what a scope is. */

/** RFC 6749 §3.3: printable ASCII without space, `"` and `\`. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

export function isScope(value: unknown): value is string {
  return typeof value === 'string' && SCOPE.test(value);
}
