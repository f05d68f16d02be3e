/** Opens stores on clients that need a shim, or that only one process can open. */

import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/node-postgres';
import knexOf from 'knex';
import { Kysely, PostgresDialect } from 'kysely';
import { createMysqlReplayStore } from '../../src/replay/stores/mysql.ts';
import { createPostgresReplayStore } from '../../src/replay/stores/postgres.ts';
import { createMysqlStore, type MysqlClient } from '../../src/sessions/stores/mysql.ts';
import { createPostgresStore, type PostgresClient } from '../../src/sessions/stores/postgres.ts';
import { prismaClient } from './prisma.ts';
import { fromDrizzle, fromKnex, fromKysely, fromMysql2, fromPrisma } from './shims.ts';
import {
  mysqlPool,
  type Opened,
  type Opener,
  pgPool,
  type ReplayOpener,
  type Servers,
  withTable,
} from './stores.ts';

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
    const db = new Kysely({ dialect: new PostgresDialect({ pool: await pgPool(servers) }) });
    return { client: fromKysely(db), close: () => db.destroy() };
  },
  Knex: async (servers) => {
    const pool = { min: 0, max: 16 };
    const knex = knexOf({ client: 'pg', connection: addressOf(servers), pool });
    return { client: fromKnex(knex), close: () => knex.destroy() };
  },
  Drizzle: async (servers) => {
    const db = drizzle(await pgPool(servers));
    return { client: fromDrizzle(db), close: () => db.$client.end() };
  },
  Prisma: async (servers) => {
    const prisma = await prismaClient(servers.folder, addressOf(servers));
    return { client: fromPrisma(prisma), close: () => prisma.$disconnect() };
  },
};

/** Returns an opener of the store that `create` makes on each client. */
function onPostgres<Store extends { createTable(): Promise<void> }>(
  create: (client: PostgresClient) => Store,
) {
  return Object.fromEntries(
    Object.entries(postgresClients).map(([name, open]) => {
      const openStore = async (servers: Servers) => {
        const { client, close } = await open(servers);
        return withTable(create(client), close);
      };
      return [name, openStore];
    }),
  );
}

function onMysql<Store extends { createTable(): Promise<void> }>(
  create: (client: MysqlClient) => Store,
) {
  const openStore = async (servers: Servers) => {
    const pool = await mysqlPool(servers, 'repeatable read');
    return withTable(create(fromMysql2(pool)), () => pool.end());
  };
  return { 'a client of MySQL with two functions': openStore };
}

export const otherClients: Record<string, Opener> = {
  ...onPostgres(createPostgresStore),
  ...onMysql(createMysqlStore),
};

export const otherReplayClients: Record<string, ReplayOpener> = {
  ...onPostgres(createPostgresReplayStore),
  ...onMysql(createMysqlReplayStore),
};
