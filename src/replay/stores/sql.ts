/** The table of the SQL stores, and the plan of statements by which all of them work. */

import type { Timespan } from '../../core/encoding/duration.ts';
import type * as option from '../../core/option-rules.ts';
import type { SqlRow, SqlValues } from '../../databases/sql-values.ts';
import { tableRules } from '../../databases/table.ts';
import { timeLimit } from '../../databases/time-limit.ts';
import type { ReplayStore } from '../store.ts';

/**
 * Options of the SQL stores.
 *
 * @example
 * ```ts
 * const options: ReplayTableOptions = { table: 'auth.replay', timeout: '2s' };
 * ```
 */
export interface ReplayTableOptions {
  /** Name of the table, with its schema if it needs one. Default `jotkit_replay`. */
  table?: string;
  /**
   * How long `use` waits for the database, `'1s'` to `'1m'`. Default `'5s'`. Then it rejects with
   * ReplayStoreError and a `TimeoutError` as its `cause`.
   */
  timeout?: Timespan;
}

/**
 * A {@link ReplayStore} that can create its table.
 *
 * @example
 * ```ts
 * const prepare = (store: ReplayTableStore) => store.createTable();
 * ```
 */
export interface ReplayTableStore extends Required<ReplayStore> {
  /** Creates the table and its index unless they exist. */
  createTable(): Promise<void>;
}

export const DEFAULT_TABLE = 'jotkit_replay';

export const replayTableRules: option.OptionRules = { ...tableRules, timeout: timeLimit };

/** Returns the type of a value. */
export function typeOf(name: string): 'text' | 'integer' {
  return name === 'id' ? 'text' : 'integer';
}

/** How databases differ. */
export interface Dialect {
  /** Types of the columns. */
  readonly id: string;
  readonly until: string;
  /** Leaves out the rows that another statement has locked. */
  readonly skipLocked: string;
}

/** Returns the statements, with `:name` for values. */
export function statements(table: string, { id, until, skipLocked }: Dialect) {
  return {
    create: `CREATE TABLE IF NOT EXISTS ${table} (
  id ${id} NOT NULL PRIMARY KEY,
  until ${until} NOT NULL
)`,
    // Returns a row if it inserted or replaced one. The condition reads the row that it has locked.
    use: `
INSERT INTO ${table} AS stored (id, until) VALUES (:id, :until)
ON CONFLICT (id) DO UPDATE SET until = excluded.until WHERE stored.until <= :now
RETURNING id`,
    // A CTE, because PostgreSQL can run a subquery again for every row, which defeats the limit.
    purge: `
WITH ended AS MATERIALIZED (
  SELECT id FROM ${table} WHERE until <= :now ORDER BY until LIMIT :limit ${skipLocked})
DELETE FROM ${table} WHERE id IN (SELECT id FROM ended)
RETURNING id`,
  };
}

type Rows = (statement: string, values: SqlValues) => SqlRow[] | Promise<SqlRow[]>;

/** Creates the operations of a store whose statements return rows. */
export function sqlOperations(
  sql: ReturnType<typeof statements>,
  rows: Rows,
): Required<ReplayStore> {
  return {
    use: async (id, until, now) => (await rows(sql.use, { id, until, now })).length > 0,
    purge: async (now, limit) => (await rows(sql.purge, { now, limit })).length,
  };
}
