/** The demo, and the programs among the examples that check their own results. */

import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { read, root } from './pages.ts';
import { Workshop, type Workspace } from './workspace.ts';

interface Run {
  status: number;
  stdout: string;
}

describe('the demo', () => {
  let workshop: Workshop;
  let demo: Workspace;
  let whole: Run;

  beforeAll(async () => {
    workshop = new Workshop({ folder: inject('workshop'), tarball: inject('tarball') });
    demo = await open('two-servers');
    whole = await run(demo, 'demo.js', { NO_COLOR: '' });
  });
  afterAll(() => workshop.remove());

  async function open(name: string): Promise<Workspace> {
    const workspace = await workshop.open(name);
    workspace.copy(join(root, 'examples', name));
    workspace.link('jotkit', join(workshop.folder, 'package'));
    workspace.link('tough-cookie', join(root, 'node_modules/tough-cookie'));
    return workspace;
  }

  function run({ dir, env }: Workspace, file: string, more = {}): Promise<Run> {
    return new Promise((resolve) => {
      const options = { cwd: dir, env: { ...env, ...more }, timeout: 120_000 };
      execFile(process.execPath, [file], options, (error, stdout) => {
        resolve({ status: error ? 1 : 0, stdout });
      });
    });
  }

  /** Runs a program with one file changed. */
  async function runChanged(
    workspace: Workspace,
    program: string,
    file: string,
    [from, to]: readonly [string, string],
  ): Promise<Run> {
    const text = readFileSync(join(workspace.dir, file), 'utf8');
    expect(text).toContain(from);
    workspace.write(file, text.replace(from, to));
    const result = await run(workspace, program);
    workspace.write(file, text);
    return result;
  }

  it('prints the lines that the README shows', () => {
    const shown = /^```text\n([\s\S]*?)^```$/m.exec(read('README.md'))?.[1]?.split('\n') ?? [];
    expect(shown.length).toBeGreaterThan(5);
    expect(whole.stdout.split('\n')).toEqual(expect.arrayContaining(shown));
  });

  it('has every step as expected, in at most 78 columns and without colors', () => {
    const { status, stdout } = whole;
    expect(stdout).not.toContain('✗');
    expect(stdout).toMatch(/^(\d+) of \1 steps as expected$/m);
    expect(status).toBe(0);
    expect(stdout).not.toContain('\x1b');
    expect(stdout.split('\n').filter((line) => line.length > 78)).toEqual([]);
  });

  it('shows no whole token and no password', () => {
    expect(whole.stdout).toMatch(/eyJhbG…[\w-]{4}\s/);
    expect(whole.stdout).not.toMatch(/eyJ[\w-]{10}|correct horse/);
  });

  it.each([
    [
      'the auth server accepts a wrong password',
      ['return timingSafeEqual(given.key, key) && users.has(user);', 'return true;'],
      '✗ a login with a wrong password',
    ],
    [
      'the main server receives the refresh cookie',
      ['{ secure: ', "{ refresh: { path: '/' }, secure: "],
      '✗ it never received the refresh cookie',
    ],
  ] as const)('fails if %s', async (_, change, line) => {
    const { status, stdout } = await runChanged(demo, 'demo.js', 'auth-server.js', change);
    expect(status).toBe(1);
    expect(stdout).toContain(line);
  });

  it('ends its servers if it is killed', async () => {
    const child = spawn(process.execPath, ['demo.js'], { cwd: demo.dir, env: demo.env });
    let printed = '';
    for await (const text of child.stdout) {
      printed += text;
      if (printed.match(/http:\S+\d/g)?.length === 2) break;
    }
    child.kill('SIGKILL');
    for (const url of printed.match(/http:\S+\d/g) ?? []) {
      await expect
        .poll(() => fetch(url).then(Boolean, () => false), { timeout: 30_000 })
        .toBe(false);
    }
    expect(printed).toMatch(/http:/);
  });

  it('has a list of attacks that fails if the library accepts one', async () => {
    const attacks = await open('drop-in');
    const change = ['sign, verify }', 'decode as verify, sign }'] as const;
    const { status, stdout } = await runChanged(attacks, 'rejected.js', 'rejected.js', change);
    expect(status).toBe(1);
    expect(stdout).toContain('accepted, expected ERR_SIGNATURE_INVALID');
  });
});
