/** Starts the database servers once for all test files, and provides their ports. */

import type { TestProject } from 'vitest/node';
import { startPostgres, startRedis, startRedisCluster } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: number;
    redis: number;
    cluster: number[];
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, redis, cluster] = await Promise.all([
    startPostgres(),
    startRedis(),
    startRedisCluster(),
  ]);
  project.provide('postgres', postgres.ports[0] ?? 0);
  project.provide('redis', redis.ports[0] ?? 0);
  project.provide('cluster', [...cluster.ports]);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop(), cluster.stop()]);
  };
}
