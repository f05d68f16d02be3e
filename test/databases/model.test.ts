import { inject, test } from 'vitest';
import { checkAgainstModel } from '../sessions/model.ts';
import { openers } from './stores.ts';

const names = [
  'better-sqlite3',
  'node:sqlite',
  'pg, read committed',
  'mysql2, repeatable read',
  'ioredis',
  'redis, cluster',
];

test.each(names)(
  'sessions on %s agree with a plain model after every random step',
  async (name) => {
    const opened = await openers[name]?.(inject('servers'));
    if (!opened) throw new Error(`no store is named ${name}`);
    await checkAgainstModel(opened.store, 60);
    await opened.close();
  },
);
