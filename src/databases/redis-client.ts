/** Runs scripts on clients of ioredis, on node-redis, and on other clients of Redis. */

import { createHash } from 'node:crypto';
import { hasMethod } from './client-shape.ts';

/**
 * A client of `ioredis`.
 *
 * @example
 * ```ts
 * const storeIn = (client: IoredisClient) => createRedisStore(client);
 * ```
 */
export interface IoredisClient {
  /** `EVALSHA`. */
  evalsha(sha: string, keys: number, ...values: string[]): Promise<unknown>;
  /** `EVAL`. */
  eval(script: string, keys: number, ...values: string[]): Promise<unknown>;
}

/**
 * A client of `redis` (node-redis).
 *
 * @example
 * ```ts
 * const storeIn = (client: NodeRedisClient) => createRedisStore(client);
 * ```
 */
export interface NodeRedisClient {
  /** `EVALSHA`. */
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  /** `EVAL`. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/**
 * Any object that runs a Lua script with its keys and arguments, and resolves to the reply of Redis. If the
 * `evalsha` of your client takes other arguments than that of `ioredis`, pass an object with `eval` only.
 *
 * @example
 * ```ts
 * const evalOf = (client: ScriptClient): ScriptClient => ({
 *   eval: (script, keys, values) => client.eval(script, keys, values),
 * });
 * const storeIn = (client: ScriptClient) => createRedisStore(evalOf(client));
 * ```
 */
export interface ScriptClient {
  /** Runs the script with `KEYS` and `ARGV`. */
  eval(script: string, keys: string[], values: string[]): Promise<unknown>;
}

type RunScript = (script: string, key: string, values: string[]) => Promise<unknown>;

/** Returns what runs the scripts of a store. */
export function createScriptRunner(
  client: IoredisClient | NodeRedisClient | ScriptClient,
): RunScript {
  if (hasMethod(client, 'evalsha')) {
    const redis = client as IoredisClient;
    return withScriptCache(
      (sha, key, values) => redis.evalsha(sha, 1, key, ...values),
      (script, key, values) => redis.eval(script, 1, key, ...values),
    );
  }
  if (hasMethod(client, 'evalSha')) {
    const redis = client as NodeRedisClient;
    return withScriptCache(
      (sha, key, values) => redis.evalSha(sha, { keys: [key], arguments: values }),
      (script, key, values) => redis.eval(script, { keys: [key], arguments: values }),
    );
  }
  return (script, key, values) => (client as ScriptClient).eval(script, [key], values);
}

/** Sends the digest of a script, and the script itself if the server does not have it. */
function withScriptCache(evalsha: RunScript, evalScript: RunScript): RunScript {
  const digests = new Map<string, string>();
  return async (script, key, values) => {
    const sha = digests.get(script) ?? createHash('sha1').update(script).digest('hex');
    digests.set(script, sha);
    try {
      return await evalsha(sha, key, values);
    } catch (error) {
      if (!String(Object(error).message).startsWith('NOSCRIPT')) throw error;
      return evalScript(script, key, values);
    }
  };
}
