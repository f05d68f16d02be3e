/** One of several processes that refresh with the same tokens at the same moment. */

import type { IssuedTokens } from '../../src/sessions/sessions.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { type Opened, openers, type Places } from './stores.ts';

/** What a racer is told first. */
export interface Start {
  client: string;
  places: Places;
  accessKey: string;
  refreshKey: string;
  /** Seconds. */
  grace: number;
}

/** What it answers for one use of a token: the successor, or the code of a refusal. */
export type Use = { again: boolean; refresh: string } | { code: string };

let opened: Opened | undefined;
let refresh: ((token: string) => Promise<Use>) | undefined;

process.on('message', async (message: Start | { tokens: string[]; times: number } | 'end') => {
  if (message === 'end') {
    await opened?.close();
    process.disconnect();
  } else if ('client' in message) {
    refresh = await prepare(message);
    process.send?.('ready');
  } else if (refresh) {
    const use = refresh;
    const tokens = message.tokens.flatMap((token) => Array(message.times).fill(token) as string[]);
    process.send?.(await Promise.all(tokens.map(use)));
  }
});

async function prepare({ client, places, accessKey, refreshKey, grace }: Start) {
  opened = await openers[client]?.(places);
  if (!opened) throw new Error(`no store is named ${client}`);
  const rotated = new Set<string>();
  const sessions = createSessions({
    store: opened.store,
    access: { key: Buffer.from(accessKey, 'base64url') },
    refresh: { key: Buffer.from(refreshKey, 'base64url'), grace },
    issuer: 'https://id.example',
    audience: 'api',
    on: (event) => event.type === 'refresh' && !event.again && rotated.add(event.sid),
  });
  return async (token: string): Promise<Use> => {
    try {
      const pair: IssuedTokens = await sessions.refresh(token);
      // The event of the one refresh that rotated came in this process, once.
      return { again: !rotated.delete(pair.sid), refresh: pair.refresh };
    } catch (error) {
      return { code: (error as { code: string }).code };
    }
  };
}
