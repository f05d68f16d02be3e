/** Opens stores on clients that need a shim, or that only one process can open. */

import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/node-postgres';
import knexOf from 'knex';
import { Kysely, PostgresDialect } from 'kysely';
import { createMysqlStore } from '../../src/sessions/stores/mysql.ts';
import { createPostgresStore, type PostgresClient } from '../../src/sessions/stores/postgres.ts';
import { prismaClient } from './prisma.ts';
import { fromDrizzle, fromKnex, fromKysely, fromMysql2, fromPrisma } from './shims.ts';
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
    const pool = await mysqlPool(servers, 'repeatable read');
    const store = createMysqlStore(fromMysql2(pool));
    await store.createTable();
    return { store, close: () => pool.end() };
  },
};
