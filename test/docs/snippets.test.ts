import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { promisedOutput } from './blocks.ts';
import { toJs } from './follow.ts';
import { sourceExamples, sourceFiles } from './snippets.ts';
import { typeCheck } from './type-check.ts';
import { Workshop } from './workspace.ts';

/** What `commands/examples.js` reports of an example. */
interface Outcome {
  error?: string;
  printed: string[];
}

const examples = sourceFiles().flatMap((file) => sourceExamples(file));

/** The variables that `npx jotkit keygen` creates. */
function variables(): Record<string, string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    JWT_SECRET: randomBytes(32).toString('base64url'),
    JWT_REFRESH_SECRET: randomBytes(32).toString('base64url'),
    JWT_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    JWT_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

describe('an example in a docstring', () => {
  let workshop: Workshop;
  let problems: Map<string, string>;
  let outcomes: Record<string, Outcome>;

  beforeAll(async () => {
    workshop = new Workshop({ folder: inject('workshop'), tarball: inject('tarball') });
    const workspace = await workshop.open('src');
    workspace.linkAll('node_modules');
    problems = typeCheck([
      { page: { file: 'src', blocks: examples, suite: 'docs' }, dir: workspace.dir },
    ]);

    const programs = examples.map(({ place, file, code }) => {
      const name = file.replace(/\.ts$/, '.js');
      const own = `const console = globalThis.consoleOf(${JSON.stringify(place)}); `;
      workspace.write(name, own + toJs(code));
      return { place, name, lines: promisedOutput(code)?.split('\n').length ?? 0 };
    });
    workspace.write('examples.json', JSON.stringify(programs));
    cpSync(join(import.meta.dirname, 'commands/examples.js'), join(workspace.dir, 'examples.js'));
    const { stdout } = await promisify(execFile)(process.execPath, ['examples.js'], {
      cwd: workspace.dir,
      env: { ...workspace.env, ...variables(), NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
    });
    outcomes = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1));
  }, 300_000);
  afterAll(() => workshop.remove());

  it('is found', () => {
    expect(examples.length).toBeGreaterThan(150);
  });

  const named = examples.map((example) => [example.place, example] as const);

  it.each(named)('%s has the right types', (place) => {
    expect(problems.get(place)).toBe('');
  });

  it.each(named)('%s runs and prints what it promises', (place, { code }) => {
    const { error, printed = [] } = outcomes[place] ?? { error: 'did not run' };
    expect(error).toBeUndefined();
    const promised = promisedOutput(code);
    if (promised !== undefined) expect(printed.join('\n')).toBe(promised);
  });
});
