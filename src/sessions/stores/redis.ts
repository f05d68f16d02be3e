/** Stores sessions in Redis, single or cluster: one hash for each user. */

import * as option from '../../core/option-rules.ts';
import { checkMethods } from '../../databases/client-shape.ts';
import {
  createScriptRunner,
  type IoredisClient,
  type NodeRedisClient,
  type ScriptClient,
} from '../../databases/redis-client.ts';
import { compareByUse, isLive, newRow, toStoredSession } from '../rotate-row.ts';
import type { RotateOutcome, SessionRow, SessionStore } from '../store.ts';
import { scripts } from './redis-scripts.ts';

export type { IoredisClient, NodeRedisClient, ScriptClient };

/**
 * Options of {@link createRedisStore}.
 *
 * @example
 * ```ts
 * const options: RedisStoreOptions = { prefix: 'shop:sessions:' };
 * ```
 */
export interface RedisStoreOptions {
  /** Prefix of the keys. Default `jotkit:sessions:`. */
  prefix?: string;
}

/**
 * Creates a store in Redis 6 or newer, single or cluster. You open and close the client. All sessions of a
 * user are one hash, which every operation changes in one script. The hash expires with its last session.
 *
 * A user whose hash Redis evicts is logged out. A failover can lose a logout, or a rotation, which ends its
 * session at the next refresh.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { createRedisStore } from 'jotkit/sessions/redis';
 *
 * const store = createRedisStore(new Redis());
 * ```
 */
export function createRedisStore(
  client: IoredisClient | NodeRedisClient | ScriptClient,
  options: RedisStoreOptions = {},
): SessionStore {
  checkMethods(client, ['evalsha', 'evalSha', 'eval'], 'client');
  const own = option.checkOptions(options, { prefix: option.string }) as RedisStoreOptions;
  const { prefix = 'jotkit:sessions:' } = own;
  const runScript = createScriptRunner(client);
  const run = async (script: string, uid: string, ...values: Array<string | number>) =>
    runScript(script, prefix + uid, values.map(String));

  return {
    async issue(session, { now, max }) {
      const { uid, sid, ...row } = newRow(session, now);
      return {
        evicted: (await run(scripts.issue, uid, sid, JSON.stringify(row), now, max)) as string[],
      };
    },
    async rotate({ uid, sid, ...request }) {
      const outcome = await run(scripts.rotate, uid, sid, JSON.stringify(request));
      return JSON.parse(String(outcome)) as RotateOutcome;
    },
    async revoke(uid, sid) {
      return Number(await run(scripts.revoke, uid, sid)) > 0;
    },
    async revokeAll(uid, except = '') {
      return Number(await run(scripts.revokeAll, uid, except));
    },
    async get(uid, sid, now) {
      const json = (await run(scripts.get, uid, sid)) as string | null;
      const row = json ? parseRow(uid, sid, json) : undefined;
      return row && isLive(row, now) ? toStoredSession(row) : null;
    },
    async list(uid, now) {
      const flat = (await run(scripts.list, uid)) as string[];
      const rows = flat.flatMap((sid, index) =>
        index % 2 ? [] : [parseRow(uid, sid, flat[index + 1] as string)],
      );
      return rows
        .filter((row) => isLive(row, now))
        .sort(compareByUse)
        .map(toStoredSession);
    },
  };
}

/** The key of a hash holds the user, the field the session, and the value the rest of the row as JSON. */
function parseRow(uid: string, sid: string, json: string): SessionRow {
  return { uid, sid, ...JSON.parse(json) };
}
