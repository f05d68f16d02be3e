import { randomUUID } from 'node:crypto';
import { inject, test } from 'vitest';
import { runEndToEnd } from '../sessions/end-to-end.ts';
import { embedded, openers } from './stores.ts';

const all = Object.entries({ ...openers, ...embedded });
test.each(all)('serves login, refresh, theft and logout from %s', async (_, open) => {
  const opened = await open(inject('servers'));
  await runEndToEnd(opened.store, randomUUID());
  await opened.close();
});
