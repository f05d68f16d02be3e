/** Makes clients of the stores from other libraries, in the lines that the guide shows. */

import type { Knex } from 'knex';
import { CompiledQuery, type Kysely } from 'kysely';
import type { Pool } from 'mysql2/promise';
import type { MysqlClient, MysqlResult } from '../../src/sessions/stores/mysql.ts';
import type { PostgresClient } from '../../src/sessions/stores/postgres.ts';

// #region kysely
export const fromKysely = (db: Kysely<unknown>): PostgresClient => ({
  query: (text, values = []) => db.executeQuery(CompiledQuery.raw(text, values)),
});
// #endregion kysely

// #region knex
export const fromKnex = (knex: Knex): PostgresClient => ({
  query(text, values = []) {
    const bindings = Array.from(
      text.matchAll(/\$(\d+)/g),
      ([, number]) => values[Number(number) - 1],
    );
    return knex.raw(text.replaceAll(/\$\d+/g, '?'), bindings as never[]);
  },
});
// #endregion knex

// #region drizzle
export const fromDrizzle = (db: { $client: PostgresClient }): PostgresClient => db.$client;
// #endregion drizzle

// #region prisma
export const fromPrisma = (prisma: PrismaClient): PostgresClient => ({
  async query(text, values = []) {
    const rows = await prisma.$queryRawUnsafe(text, ...values).catch((error) => {
      // The store sends a statement again after the codes 40001 and 40P01 of PostgreSQL.
      throw Object.assign(error, { code: error.meta?.driverAdapterError?.cause.originalCode });
    });
    return { rows };
  },
});
// #endregion prisma

/** Part of the class that `prisma generate` writes. */
export interface PrismaClient {
  $queryRawUnsafe(text: string, ...values: unknown[]): Promise<unknown[]>;
  $disconnect(): Promise<void>;
}

// #region mysql
export const fromMysql2 = (pool: Pool): MysqlClient => ({
  query: queryOn(pool),
  async transaction(work) {
    const connection = await pool.getConnection();
    try {
      await connection.query('START TRANSACTION');
      const result = await work({ query: queryOn(connection) });
      await connection.query('COMMIT');
      return result;
    } catch (error) {
      await connection.query('ROLLBACK');
      throw error;
    } finally {
      connection.release();
    }
  },
});

const queryOn = (client: Pick<Pool, 'query'>) => async (sql: string, values: never[]) => {
  const [result] = await client.query(sql, values);
  return Array.isArray(result) ? { rows: result } : (result as MysqlResult);
};
// #endregion mysql
