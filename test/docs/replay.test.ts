/** Compares the page on replay stores with the source: options, tables, and the statement of the SQL stores. */

import { describe, expect, it } from 'vitest';
import { createMysqlReplayStore } from '../../src/replay/stores/mysql.ts';
import { createPostgresReplayStore } from '../../src/replay/stores/postgres.ts';
import { statements } from '../../src/replay/stores/sql.ts';
import { createSqliteReplayStore } from '../../src/replay/stores/sqlite.ts';
import { read } from './pages.ts';

const page = read('docs/guide/replay-stores.md');

/** The block of SQL with this title; without one, that of the stores. */
const sqlOf = (title: string) => {
  const blocks = [...page.matchAll(/```sql(?: \[(.*?)\])?\n(.*?)```/gs)];
  return blocks.find(([, found = '']) => found === title)?.[2];
};

/** The statements that `createTable` sends. */
const createTable: Record<string, (sent: string[]) => Promise<void>> = {
  PostgreSQL: (sent) => {
    const query = async (text: string) => ({ rows: [sent.push(text)] });
    return createPostgresReplayStore({ query }).createTable();
  },
  'MySQL, MariaDB': (sent) => {
    const query = async (text: string) => ({ rows: [sent.push(text)] });
    return createMysqlReplayStore({ query, transaction: (work) => work({ query }) }).createTable();
  },
  SQLite: (sent) => {
    const statement = { get: () => ({ timeout: 5000 }), all: () => [], run: () => {} };
    const prepare = (text: string) => {
      if (text.startsWith('CREATE')) sent.push(text);
      return statement;
    };
    return createSqliteReplayStore({ prepare }).createTable();
  },
};

describe('the page on replay stores', () => {
  it.each(Object.entries(createTable))(
    'shows the statements of createTable for %s',
    async (database, run) => {
      const sent: string[] = [];
      await run(sent);
      expect(sqlOf(database)).toBe(sent.map((text) => `${text};\n`).join(''));
    },
  );

  it('shows the statement of the SQL stores', () => {
    const { use } = statements('replay', { id: 'TEXT', until: 'BIGINT', skipLocked: '' });
    expect(sqlOf('')?.trim()).toBe(use.trim());
  });

  it.each([
    ['SQL stores', 'stores/sql.ts', 'ReplayTableOptions'],
    ['createPostgresReplayStore', 'stores/postgres.ts', 'PostgresReplayOptions'],
    ['createRedisReplayStore', 'stores/redis.ts', 'RedisReplayOptions'],
    ['createMemoryReplayStore', 'memory.ts', 'MemoryReplayOptions'],
  ])('has a row for every option of %s', (_, file, name) => {
    const body = new RegExp(`interface ${name}[^{]*\\{\n(.*?)\n\\}`, 's').exec(
      read(`src/replay/${file}`),
    )?.[1];
    const members = [...(body ?? '').matchAll(/^ {2}(\w+)\?:/gm)].map(([, member]) => member);
    expect(members).not.toEqual([]);
    expect(members.filter((member) => !page.includes(`| \`${member}\` |`))).toEqual([]);
  });
});
