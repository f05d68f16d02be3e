/** Generates the client of Prisma without its engines, which the adapter of `pg` does not need. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import type { PrismaClient } from './shims.ts';

/** Variables for `prisma generate`: nothing is downloaded. */
export const withoutEngines = {
  PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
  PRISMA_QUERY_ENGINE_LIBRARY: '/bin/true',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

const SCHEMA = `
generator client {
  provider   = "prisma-client-js"
  output     = "./prisma"
  engineType = "client"
}
datasource db {
  provider = "postgresql"
  url      = "postgresql://adapter"
}
`;

/** Generates the client in a project of its own inside `parent`, and connects it. */
export async function prismaClient(parent: string, address: object): Promise<PrismaClient> {
  const folder = mkdtempSync(join(parent, 'prisma-'));
  const schema = join(folder, 'schema.prisma');
  const modules = join(import.meta.dirname, 'node_modules');
  writeFileSync(schema, SCHEMA);
  // Prisma looks for its packages from the nearest package.json upwards, and installs there what it misses.
  writeFileSync(join(folder, 'package.json'), '{}');
  symlinkSync(modules, join(folder, 'node_modules'));
  const program = join(modules, 'prisma/build/index.js');
  const { status, stderr } = spawnSync(
    process.execPath,
    [program, 'generate', `--schema=${schema}`, '--no-hints', '--allow-no-models'],
    { env: { ...process.env, ...withoutEngines }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  const { PrismaClient } = await import(join(folder, 'prisma/index.js'));
  return new PrismaClient({ adapter: new PrismaPg({ ...address, max: 16 }) });
}
