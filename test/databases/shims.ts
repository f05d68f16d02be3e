/** Makes clients of the stores from other libraries, in the lines that the guide shows. */

import type { Knex } from 'knex';
import { CompiledQuery, type Kysely } from 'kysely';
import type { Pool } from 'mysql2/promise';
import type { MysqlClient, MysqlResult } from '../../src/sessions/stores/mysql.ts';
import type { PostgresClient } from '../../src/sessions/stores/postgres.ts';

export const fromKysely = (db: Kysely<unknown>): PostgresClient => ({
  // #region kysely
  query: (text, values = []) => db.executeQuery(CompiledQuery.raw(text, values)),
  // #endregion kysely
});

export const fromKnex = (knex: Knex): PostgresClient => ({
  // #region knex
  query(text, values = []) {
    const numbers = Array.from(text.matchAll(/\$(\d+)/g), ([, number]) => Number(number));
    const bindings = numbers.map((number) => values[number - 1] ?? null);
    return knex.raw(text.replaceAll(/\$\d+/g, '?'), bindings);
  },
  // #endregion knex
});

export const fromDrizzle = (db: { $client: PostgresClient }): PostgresClient => db.$client;

export const fromPrisma = (prisma: PrismaClient): PostgresClient => ({
  // #region prisma
  async query(text, values = []) {
    try {
      return { rows: await prisma.$queryRawUnsafe(text, ...values) };
    } catch (error) {
      // The store sends a statement again after the codes 40001 and 40P01 of PostgreSQL.
      const code = Object(error).meta?.driverAdapterError?.cause.originalCode;
      throw Object.assign(Object(error), { code });
    }
  },
  // #endregion prisma
});

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
