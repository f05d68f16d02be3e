import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { storeLaws } from '../../src/sessions/stores/conformance.ts';
import { embedded, type Opened, openers } from './stores.ts';

const folder = mkdtempSync(join(tmpdir(), 'jotkit-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const places = () => ({
  postgres: inject('postgres'),
  redis: inject('redis'),
  cluster: inject('cluster'),
  folder,
});

describe.each(Object.entries({ ...openers, ...embedded }))('the store on %s', (_, open) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open(places());
  });
  afterAll(() => opened?.close());

  test.each(storeLaws)('$name', ({ check }) => check(opened.store));
});
