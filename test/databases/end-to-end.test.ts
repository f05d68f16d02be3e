import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, inject, test } from 'vitest';
import { runEndToEnd } from '../sessions/end-to-end.ts';
import { embedded, openers } from './stores.ts';

const folder = mkdtempSync(join(tmpdir(), 'jotkit-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = Object.entries({ ...openers, ...embedded });
test.each(all)('serves login, refresh, theft and logout from %s', async (_, open) => {
  const [postgres, redis, cluster] = [inject('postgres'), inject('redis'), inject('cluster')];
  const opened = await open({ postgres, redis, cluster, folder });
  await runEndToEnd(opened.store, randomUUID());
  await opened.close();
});
