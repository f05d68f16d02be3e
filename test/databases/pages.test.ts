/** Pages and examples that need a database: each has a database of its own. */

import { Pool } from 'pg';
import { inject } from 'vitest';
import { testPages } from '../docs/page-tests.ts';

testPages({
  suite: 'databases',
  workshop: { sources: ['test/databases/node_modules', 'node_modules'] },
  async env(index) {
    const server = `postgres://postgres@127.0.0.1:${inject('servers').postgres}`;
    const pool = new Pool({ connectionString: `${server}/postgres` });
    await pool.query(`CREATE DATABASE page_${index}`);
    await pool.end();
    return {
      DATABASE_URL: `${server}/page_${index}`,
      // Redis has 16 databases.
      REDIS_URL: `redis://127.0.0.1:${inject('servers').redis}/${index % 16}`,
    };
  },
});
