/** Compares the pages on sessions with the source: the options and the tables of the stores. */

import { describe, expect, it } from 'vitest';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { read } from './pages.ts';

/** The names of the members of an interface, also of those in braces. */
function membersOf(file: string, name: string): string[] {
  const [, body = ''] = new RegExp(`interface ${name} \\{\n(.*?)\n\\}`, 's').exec(read(file)) ?? [];
  const inner = [...body.matchAll(/& \{ (.*) \}/g)].flatMap(([, list = '']) => list.split('; '));
  const outer = body.match(/^ {2}\w+\??:/gm) ?? [];
  return [...outer, ...inner].map((member) => /\w+/.exec(member)?.[0] ?? '');
}

describe('the page on the options of sessions', () => {
  it.each([
    ['createSessions', 'src/sessions/options.ts', 'SessionsOptions'],
    ['its keys', 'src/sessions/options.ts', 'TokenKey'],
    ['createSessionHandlers', 'src/sessions/handlers.ts', 'SessionHandlersOptions'],
  ])('has a row for every option of %s', (_, file, name) => {
    const rows = read('docs/guide/session-options.md').match(/^\| `.*?` \|/gm) ?? [];
    const shown = rows.flatMap((row) => row.match(/\w+/g) ?? []);
    const members = membersOf(file, name);
    expect(members.length).toBeGreaterThan(2);
    expect(members.filter((member) => !shown.includes(member))).toEqual([]);
  });
});

describe('the page on session stores', () => {
  it('shows the statements of createTable', async () => {
    const [, shown = ''] = /```sql\n(.*?)```/s.exec(read('docs/guide/session-stores.md')) ?? [];
    const sent: string[] = [];
    await createPostgresStore({
      async query(text) {
        sent.push(`${text};\n`);
        return { rows: [] };
      },
    }).createTable();
    expect(shown).toBe(sent.join(''));
  });

  it('says how the table of SQLite differs', async () => {
    const [, shown = ''] = /```sql\n(.*?)```/s.exec(read('docs/guide/session-stores.md')) ?? [];
    const sent: string[] = [];
    const statement = { get: () => ({ timeout: 5000 }), all: () => [], run: () => {} };
    await createSqliteStore({
      prepare(sql) {
        if (sql.startsWith('CREATE')) sent.push(`${sql};\n`);
        return statement;
      },
    }).createTable();
    const changed = shown
      .replaceAll(' COLLATE "C"', '')
      .replaceAll('BIGINT', 'INTEGER')
      .replace('WITH (fillfactor = 70)', 'WITHOUT ROWID');
    expect(changed).toBe(sent.join(''));
  });
});
