import { expect, test } from 'vitest';
import { sources } from '../architecture/sources.ts';

const files = new Map(sources.map((source) => [source.path, source]));

/** The file, and what it loads. Imports of types load nothing. */
function loaded(path: string, seen = new Set<string>()): Set<string> {
  const source = files.get(path);
  if (!source || seen.has(path)) return seen;
  seen.add(path);
  for (const [, specifier = ''] of source.text.matchAll(/^import (?!type )[^;]*?'(\.[^']*)';/gms)) {
    loaded(new URL(specifier, `file:///${path}`).pathname.slice(1), seen);
  }
  return seen;
}

test.each([
  'watch-engine',
  'write-explanation',
  'checks',
  'hints-form',
  'hints-claims',
  'render',
  'redact',
  'explain-verification',
])('loads %s without node:crypto, so that it runs in browsers', (name) => {
  const paths = [...loaded(`explain/${name}.ts`)];
  const users = paths.filter((path) => files.get(path)?.specifiers.includes('node:crypto'));
  expect(users).toEqual([]);
});

test('loads node:crypto for hints about keys', () => {
  expect([...loaded('explain/hints-key.ts')]).toContain('core/keys/algorithms.ts');
});
