/** Pages and examples that need a database: each has a database of its own. */

import { createConnection } from 'mysql2/promise';
import { Pool } from 'pg';
import { inject } from 'vitest';
import { testPages } from '../docs/page-tests.ts';
import { withoutEngines } from './prisma.ts';

testPages({
  suite: 'databases',
  workshop: { sources: ['test/databases/node_modules', 'node_modules'] },
  async env(index) {
    const server = `postgres://postgres@127.0.0.1:${inject('servers').postgres}`;
    const pool = new Pool({ connectionString: `${server}/postgres` });
    await pool.query(`CREATE DATABASE page_${index}`);
    await pool.end();
    const mysql = `127.0.0.1:${inject('servers').mariadb}`;
    const connection = await createConnection(`mysql://root@${mysql}`);
    await connection.query(`CREATE DATABASE page_${index}`);
    await connection.end();
    return {
      DATABASE_URL: `${server}/page_${index}`,
      MYSQL_URL: `mysql://root@${mysql}/page_${index}`,
      MARIADB_URL: `mariadb://root@${mysql}/page_${index}`,
      ...withoutEngines,
      // Redis has 16 databases.
      REDIS_URL: `redis://127.0.0.1:${inject('servers').redis}/${index % 16}`,
    };
  },
});
