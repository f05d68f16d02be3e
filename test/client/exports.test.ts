import { expect, it } from 'vitest';
import { packageEntries } from '../fixtures/package-entries.ts';

it('exports exactly these names', () => {
  const entry = packageEntries.find(({ specifier }) => specifier === 'jotkit/client');
  const names = (wanted: boolean) =>
    entry?.exports
      .filter(({ isType }) => isType === wanted)
      .map(({ name }) => name)
      .sort();
  expect(names(false)).toEqual(['RefreshError', 'createClient']);
  expect(names(true)).toEqual(['Client', 'ClientOptions']);
});
