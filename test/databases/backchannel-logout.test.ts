import { randomUUID } from 'node:crypto';
import { inject, test } from 'vitest';
import { runBackchannelLogout } from '../sessions/backchannel.ts';
import { otherClients } from './other-clients.ts';
import { openers } from './stores.ts';

const all = Object.entries({ ...openers, ...otherClients });
test.each(all)('ends the sessions of a back-channel logout in %s', async (_, open) => {
  const opened = await open(inject('servers'));
  await runBackchannelLogout(opened.store, randomUUID());
  await opened.close();
});
