/** One of several processes that refresh with the same tokens concurrently. */

import type { IssuedTokens } from '../../src/sessions/issued-tokens.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { type Opened, openers, type Servers } from './stores.ts';

/** The first message to a racer. */
export interface Start {
  client: string;
  servers: Servers;
  accessKey: string;
  refreshKey: string;
  /** Seconds. */
  grace: number;
}

/** The result of one use of a token: the successor, or the code of a SessionError. */
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

async function prepare({ client, servers, accessKey, refreshKey, grace }: Start) {
  opened = await openers[client]?.(servers);
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
      const issued: IssuedTokens = await sessions.refresh(token);
      // The process of the one refresh that rotated receives its event, once.
      return { again: !rotated.delete(issued.sid), refresh: issued.refresh };
    } catch (error) {
      return { code: (error as { code: string }).code };
    }
  };
}
