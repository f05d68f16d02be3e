/** Opens stores on clients that need a shim, or that only one process can open. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import { drizzle } from 'drizzle-orm/node-postgres';
import knexOf from 'knex';
import { Kysely, PostgresDialect } from 'kysely';
import { createMysqlStore } from '../../src/sessions/stores/mysql.ts';
import { createPostgresStore, type PostgresClient } from '../../src/sessions/stores/postgres.ts';
import {
  fromDrizzle,
  fromKnex,
  fromKysely,
  fromMysql2,
  fromPrisma,
  type PrismaClient,
} from './shims.ts';
import { mysqlPool, type Opened, type Opener, pgPool, type Servers } from './stores.ts';

interface OpenedClient extends Pick<Opened, 'close'> {
  client: PostgresClient;
}

const addressOf = ({ postgres: port }: Servers) => ({
  ...{ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' },
});

export const postgresClients: Record<string, (servers: Servers) => Promise<OpenedClient>> = {
  PGlite: async () => {
    const database = new PGlite();
    return { client: database, close: () => database.close() };
  },
  Kysely: async (servers) => {
    const db = new Kysely({ dialect: new PostgresDialect({ pool: pgPool(servers) }) });
    return { client: fromKysely(db), close: () => db.destroy() };
  },
  Knex: async (servers) => {
    const pool = { min: 0, max: 16 };
    const knex = knexOf({ client: 'pg', connection: addressOf(servers), pool });
    return { client: fromKnex(knex), close: () => knex.destroy() };
  },
  Drizzle: async (servers) => {
    const db = drizzle(pgPool(servers));
    return { client: fromDrizzle(db), close: () => db.$client.end() };
  },
  Prisma: async (servers) => {
    const prisma = await prismaClient(servers);
    return { client: fromPrisma(prisma), close: () => prisma.$disconnect() };
  },
};

const postgresOpeners = Object.entries(postgresClients).map(([name, open]): [string, Opener] => [
  name,
  async (servers) => {
    const { client, close } = await open(servers);
    const store = createPostgresStore(client);
    await store.createTable();
    return { store, close };
  },
]);

export const otherClients: Record<string, Opener> = {
  ...Object.fromEntries(postgresOpeners),
  'a client of MySQL with two functions': async (servers) => {
    const pool = mysqlPool(servers, 'repeatable read');
    const store = createMysqlStore(fromMysql2(pool));
    await store.createTable();
    return { store, close: () => pool.end() };
  },
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

/** Generates the client without the engines, which the adapter of `pg` does not need. */
async function prismaClient(servers: Servers): Promise<PrismaClient> {
  const schema = join(servers.folder, 'schema.prisma');
  writeFileSync(schema, SCHEMA);
  const program = join(import.meta.dirname, 'node_modules/prisma/build/index.js');
  const noEngine = {
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    PRISMA_QUERY_ENGINE_LIBRARY: '/bin/true',
  };
  const quiet = { PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' };
  const { status, stderr } = spawnSync(
    process.execPath,
    [program, 'generate', `--schema=${schema}`, '--no-hints', '--allow-no-models'],
    { env: { ...process.env, ...noEngine, ...quiet }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  const { PrismaClient } = await import(join(servers.folder, 'prisma/index.js'));
  return new PrismaClient({ adapter: new PrismaPg({ ...addressOf(servers), max: 16 }) });
}
