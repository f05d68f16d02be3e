/** Starts the database servers once for all test files, and provides their addresses. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import {
  type Server,
  startMariadb,
  startPostgres,
  startRedis,
  startRedisCluster,
} from './servers.ts';
import type { Servers } from './stores.ts';

declare module 'vitest' {
  interface ProvidedContext {
    servers: Servers;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'jotkit-sqlite-'));
  const started = await Promise.all([
    startPostgres(),
    startMariadb(),
    startRedis(),
    startRedisCluster(),
  ]);
  const [postgres, mariadb, redis] = started.map(firstPort) as [number, number, number];
  const cluster = [...started[3].ports];
  project.provide('servers', { postgres, mariadb, redis, cluster, folder });
  return async () => {
    await Promise.all(started.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
}

const firstPort = ({ ports }: Server): number => ports[0] ?? 0;
