import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, inject, test } from 'vitest';
import { checkAgainstModel, steps } from '../sessions/model.ts';
import { openers } from './stores.ts';

const folder = mkdtempSync(join(tmpdir(), 'jotkit-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = ['better-sqlite3', 'node:sqlite', 'pg, read committed', 'ioredis', 'redis, cluster'];

test.each(names)(
  'sessions on %s agree with a plain model after every random step',
  async (name) => {
    const [postgres, redis, cluster] = [inject('postgres'), inject('redis'), inject('cluster')];
    const opened = await openers[name]?.({ postgres, redis, cluster, folder });
    if (!opened) throw new Error(`no store is named ${name}`);
    await fc.assert(
      fc.asyncProperty(steps, (list) => checkAgainstModel(opened.store, list)),
      { numRuns: 60 },
    );
    await opened.close();
  },
);
