/** Compares the pages on sessions with the source: options, tables, and the clients of other libraries. */

import { describe, expect, it } from 'vitest';
import { createMysqlStore } from '../../src/sessions/stores/mysql.ts';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { statements } from '../../src/sessions/stores/sql.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { read } from './pages.ts';

/** The names of the members of an interface, also of those in braces. */
function membersOf(file: string, name: string): string[] {
  const [, body = ''] =
    new RegExp(`interface ${name}[ <][^{]*\\{\n(.*?)\n\\}`, 's').exec(read(file)) ?? [];
  const inner = [...body.matchAll(/& \{ (.*) \}/g)].flatMap(([, list = '']) => list.split('; '));
  const outer = body.match(/^ {2}(?:readonly )?\w+\??[:(]/gm) ?? [];
  return [...outer, ...inner].map((member) => /\w+(?=\??[:(])/.exec(member)?.[0] ?? '');
}

describe('the page on the options of sessions', () => {
  it.each([
    ['createSessions', 'src/sessions/options.ts', 'SessionsOptions'],
    ['its keys', 'src/sessions/options.ts', 'TokenKey'],
    ['createSessionHandlers', 'src/sessions/handler-options.ts', 'SessionHandlersOptions'],
  ])('has a row for every option of %s', (_, file, name) => {
    const rows = read('docs/guide/session-options.md').match(/^\| `.*?` \|/gm) ?? [];
    const shown = rows.flatMap((row) => row.match(/\w+/g) ?? []);
    const members = membersOf(file, name);
    expect(members.length).toBeGreaterThan(2);
    expect(members.filter((member) => !shown.includes(member))).toEqual([]);
  });
});

/** The statements that `createTable` sends, as a page shows them. */
const createTable: Record<string, (sent: string[]) => Promise<void>> = {
  'sessions-in-postgresql': (sent) => {
    const query = async (text: string) => ({ rows: [sent.push(text)] });
    return createPostgresStore({ query }).createTable();
  },
  'sessions-in-mysql': (sent) => {
    const query = async (text: string) => ({ rows: [sent.push(text)] });
    return createMysqlStore({ query, transaction: (work) => work({ query }) }).createTable();
  },
  'sessions-in-sqlite': (sent) => {
    const statement = { get: () => ({ timeout: 5000 }), all: () => [], run: () => {} };
    const prepare = (text: string) => {
      if (text.startsWith('CREATE')) sent.push(text);
      return statement;
    };
    return createSqliteStore({ prepare }).createTable();
  },
};

describe('the page of a database', () => {
  it.each(Object.entries(createTable))(
    '%s shows the statements of createTable',
    async (page, run) => {
      const [, shown = ''] = /```sql\n(.*?)```/s.exec(read(`docs/guide/${page}.md`)) ?? [];
      const sent: string[] = [];
      await run(sent);
      expect(shown).toBe(sent.map((text) => `${text};\n`).join(''));
    },
  );

  it.each([
    ['kysely', 'sessions-with-an-orm'],
    ['knex', 'sessions-with-an-orm'],
    ['prisma', 'sessions-with-an-orm'],
    ['mysql', 'sessions-in-mysql'],
  ])('shows the client of %s that obeys the laws', (name, page) => {
    const region = new RegExp(`// #region ${name}\n(.*\n) *// #endregion ${name}`, 's');
    const [, code = ''] = region.exec(read('test/databases/shims.ts')) ?? [];
    expect(code).not.toBe('');
    expect(read(`docs/guide/${page}.md`)).toContain(code);
  });
});

describe('the page on writing a store', () => {
  it('shows the compare-and-set of the SQL stores', () => {
    const [, shown = ''] =
      /^-- 1.*?\n(.*?);\n-- 2$/ms.exec(read('docs/project/write-a-store.md')) ?? [];
    const dialect = {
      clock: 'CLOCK()',
      least: 'LEAST',
      lock: '',
      skipLocked: '',
      returning: '',
    } as const;
    const { byTime } = statements('sessions', { ...dialect, typeOf: () => 'TEXT' });
    const inOneLine = (text: string) => text.trim().replaceAll(/\s+/g, ' ');
    expect(inOneLine(shown)).toBe(inOneLine(byTime.rotate));
  });

  it.each(['NewSession', 'SessionRow', 'RotateRequest'])(
    'has a row for every member of %s',
    (name) => {
      const rows = read('docs/project/write-a-store.md').match(/^\| `.*?` \|/gm) ?? [];
      const shown = rows.flatMap((row) => row.match(/\w+/g) ?? []);
      const members = membersOf('src/sessions/store.ts', name);
      expect(members.length).toBeGreaterThan(6);
      expect(members.filter((member) => !shown.includes(member))).toEqual([]);
    },
  );
});

describe('the page on session stores', () => {
  it.each([
    ['createSqliteStore and others', 'src/sessions/stores/sql.ts', 'TableOptions'],
    ['createPostgresStore', 'src/sessions/stores/postgres.ts', 'PostgresStoreOptions'],
    ['createRedisStore', 'src/sessions/stores/redis.ts', 'RedisStoreOptions'],
  ])('has a row for every option of %s', (_, file, name) => {
    const rows: readonly string[] =
      read('docs/guide/session-stores.md').match(/^\| `\w+` \|/gm) ?? [];
    const members = membersOf(file, name);
    expect(members).not.toEqual([]);
    expect(members.filter((member) => !rows.includes(`| \`${member}\` |`))).toEqual([]);
  });
});
