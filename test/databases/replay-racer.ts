/** One of several processes that use the same identifiers at the same time. */

import { type OpenedReplay, replayOpeners, type Servers } from './stores.ts';

/** The first message to a racer. */
export interface Start {
  client: string;
  servers: Servers;
}

/** Every other message: identifiers, and when they expire. */
export interface Round {
  ids: string[];
  until: number;
  /** Milliseconds that the clock of this process is fast. */
  ahead: number;
}

let opened: OpenedReplay | undefined;

process.on('message', async (message: Start | Round | 'end') => {
  if (message === 'end') {
    await opened?.close();
    process.disconnect();
  } else if ('client' in message) {
    opened = await replayOpeners[message.client]?.(message.servers);
    process.send?.('ready');
  } else if (opened) {
    const { store } = opened;
    const { ids, until, ahead } = message;
    const uses = ids.map((id) => store.use(id, until, Date.now() + ahead));
    const accepted = await Promise.all(uses);
    process.send?.(ids.filter((_, index) => accepted[index]));
  }
});
