/** Stores used identifiers in Redis, single or cluster: one key for each. */

import { randomUUID } from 'node:crypto';
import type { Timespan } from '../../core/encoding/duration.ts';
import * as option from '../../core/option-rules.ts';
import { checkMethods } from '../../databases/client-shape.ts';
import {
  createScriptRunner,
  type IoredisClient,
  type NodeRedisClient,
  type ScriptClient,
} from '../../databases/redis-client.ts';
import { timeLimit } from '../../databases/time-limit.ts';
import { CLOCK_SKEW_MS } from '../keys.ts';
import type { ReplayStore } from '../store.ts';
import { guardedStore } from './guarded-store.ts';

export type { IoredisClient, NodeRedisClient, ScriptClient };

/**
 * Options of {@link createRedisReplayStore}.
 *
 * @example
 * ```ts
 * const options: RedisReplayOptions = { prefix: 'shop:replay:' };
 * ```
 */
export interface RedisReplayOptions {
  /** Prefix of the keys. Default `jotkit:replay:`. */
  prefix?: string;
  /**
   * How long `use` waits for Redis, `'1s'` to `'1m'`. Default `'5s'`. Then it rejects with ReplayStoreError
   * and a `TimeoutError` as its `cause`.
   */
  timeout?: Timespan;
}

// The value holds the call, because ioredis sends a command again after a lost response: it would otherwise
// report its own first attempt as a replay.
const USE = `
local stored = redis.call('GET', KEYS[1])
if stored then
  local ends, call = string.match(stored, '^(%d+) (.+)$')
  if call == ARGV[3] then return 1 end
  if tonumber(ends) > tonumber(ARGV[2]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[3], 'PX', ARGV[4])
return 1`;

/**
 * Creates a store in Redis 6 or newer, single or cluster. You open and close the client. Keys expire without
 * a purge, a minute after their identifiers, for servers whose clocks are behind.
 *
 * Set `maxmemory-policy noeviction`: a proof is accepted again if Redis evicts its key. A failover can lose
 * the last keys.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { createRedisReplayStore } from 'jotkit/replay/redis';
 *
 * const replay = createRedisReplayStore(new Redis());
 * ```
 */
export function createRedisReplayStore(
  client: IoredisClient | NodeRedisClient | ScriptClient,
  options: RedisReplayOptions = {},
): ReplayStore {
  checkMethods(client, ['evalsha', 'evalSha', 'eval'], 'client');
  const rules = { prefix: option.string, timeout: timeLimit };
  const own: RedisReplayOptions = option.checkOptions(options, rules);
  const { prefix = 'jotkit:replay:' } = own;
  const run = createScriptRunner(client);

  const { use } = guardedStore(
    {
      async use(id, until, now) {
        const values = [until, now, randomUUID(), until - now + CLOCK_SKEW_MS].map(String);
        return Number(await run(USE, prefix + id, values)) === 1;
      },
      purge: async () => 0,
    },
    own.timeout,
  );
  return { use };
}
