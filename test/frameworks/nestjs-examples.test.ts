/** The examples in the docstrings of `jotkit/nestjs`, whose packages only this suite has. */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { toJs } from '../docs/follow.ts';
import { sourceExamples } from '../docs/snippets.ts';
import { typeCheck } from '../docs/type-check.ts';
import { Workshop, type Workspace } from '../docs/workspace.ts';
import type {} from '../package/setup.ts';

const files = ['src/adapters/nestjs.ts', 'src/adapters/nestjs-rules.ts'];
const NONE = /^\b$/;
const examples = files.flatMap((file) => sourceExamples(file, NONE));

describe('an example in a docstring of jotkit/nestjs', () => {
  let workshop: Workshop;
  let workspace: Workspace;
  let problems: Map<string, string>;

  beforeAll(async () => {
    const sources = ['test/frameworks/nest-12/node_modules', 'node_modules'];
    workshop = new Workshop({ folder: inject('workshop'), tarball: inject('tarball'), sources });
    workspace = await workshop.open('src');
    for (const source of sources) workspace.linkAll(source);
    const page = { file: 'src', blocks: examples, suite: 'docs' as const };
    problems = typeCheck([{ page, dir: workspace.dir }]);
  });
  afterAll(() => workshop.remove());

  const named = examples.map((example) => [example.place, example] as const);

  it.each(named)('%s has the right types', (place) => {
    expect(problems.get(place)).toBe('');
  });

  it.each(named)('%s runs', async (_, { file, code }) => {
    const name = file.replace(/\.ts$/, '.js');
    workspace.write(name, toJs(code, { experimentalDecorators: true }));
    const JWT_SECRET = randomBytes(32).toString('base64url');
    const env = { ...workspace.env, JWT_SECRET, NODE_OPTIONS: '' };
    await promisify(execFile)(process.execPath, [name], { cwd: workspace.dir, env });
  });
});
