/** Finds confidential values in what an error, or anything else of the library, shows: K12. */

import { KeyObject } from 'node:crypto';
import { inspect } from 'node:util';

/** Short pieces prove nothing; long strings are searched in slices, so that a part counts, too. */
const SLICE = 16;

/** The strings in which a secret, a token or a key could show. */
export function traces(value: unknown): string[] {
  if (typeof value === 'string') {
    const texts = [
      value,
      Buffer.from(value).toString('base64'),
      Buffer.from(value).toString('base64url'),
    ];
    const segments = value.split(/[.\s]|\\n|-----[A-Z ]+-----/);
    return [...texts, ...segments].filter(({ length }) => length >= SLICE);
  }
  if (value instanceof KeyObject) {
    if (value.type === 'secret') return traces(value.export());
    const isPublic = value.type === 'public';
    const der = value.export({
      format: 'der',
      type: isPublic ? 'spki' : ('pkcs8' as never),
    }) as Buffer;
    // An RSA-PSS key has no JWK.
    const jwk = value.asymmetricKeyType === 'rsa-pss' ? {} : value.export({ format: 'jwk' });
    return [...traces(der), ...traces({ ...jwk })];
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const encodings = (['latin1', 'hex', 'base64', 'base64url', 'utf8'] as const).map((name) =>
      bytes.toString(name),
    );
    const list = [...bytes.subarray(0, 16)].join(', ');
    const spaced = inspect(bytes).slice(8, 60);
    return [...encodings, list, list.replaceAll(' ', ''), spaced].filter(
      ({ length }) => length >= SLICE,
    );
  }
  if (value instanceof ArrayBuffer) return traces(new Uint8Array(value));
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).flatMap((member) => traces(member));
  }
  return [];
}

/** Everything that a log, a debugger or an error page can show of a value. */
export function shown(value: unknown): string {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  const visit = (each: unknown): void => {
    if (seen.has(each)) return;
    seen.add(each);
    texts.push(
      inspect(each, {
        depth: Number.POSITIVE_INFINITY,
        showHidden: !(each instanceof Error && Object.hasOwn(each, 'actual')),
        maxArrayLength: null,
        maxStringLength: null,
      }),
    );
    if (typeof each !== 'object' || each === null) return;
    try {
      texts.push(String(each), JSON.stringify(each) ?? '');
    } catch {
      // Circular; the walk below sees it all.
    }
    for (const name of Reflect.ownKeys(each)) {
      // The two fields that hold claim values on purpose; inspect and JSON.stringify do not show them.
      if (each instanceof Error && (name === 'expected' || name === 'actual')) continue;
      texts.push(String(name));
      visit(Reflect.get(each, name));
    }
  };
  visit(value);
  return texts.join('\n');
}

/** The traces of confidential values that the value shows. */
export function leaks(value: unknown, ...confidential: unknown[]): string[] {
  const text = shown(value);
  return confidential.flatMap(traces).filter((trace) => {
    for (let at = 0; at + SLICE <= trace.length; at += SLICE) {
      if (text.includes(trace.slice(at, at + SLICE))) return true;
    }
    return false;
  });
}
