import { randomUUID } from 'node:crypto';
import { inject, test } from 'vitest';
import { runEndToEnd } from '../sessions/end-to-end.ts';
import { otherClients } from './other-clients.ts';
import { openers } from './stores.ts';

const all = Object.entries({ ...openers, ...otherClients });
test.each(all)('serves login, refresh, theft and logout from %s', async (_, open) => {
  const opened = await open(inject('servers'));
  await runEndToEnd(opened.store, randomUUID());
  await opened.close();
});
