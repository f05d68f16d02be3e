import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read, root } from './pages.ts';
import { Sandbox } from './sandbox.ts';

const files = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.\w+$/.test(name));
/** Servers run until they are stopped: the demo starts and stops these; those in folders have their tests. */
const examples = files.filter((name) => /^[\w-]+(?<!-server)\.js$/.test(name));

describe('the examples', () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
    for (const name of files) sandbox.write(name, read(`examples/${name}`));
  }, 60_000);
  afterAll(() => sandbox.remove());

  it.each(examples)('%s runs to its end', async (name) => {
    const { status, stdout, stderr } = await sandbox.run(name);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toBe('');
  });

  it.each(['demo.js', 'refusals.js'])(
    '%s sees no surprise, and says how much it saw',
    async (name) => {
      const { stdout } = await sandbox.run(name);
      expect(stdout).not.toContain('✗');
      expect(stdout).toMatch(/^ {2}\d+ as expected$/m);
    },
  );

  it.each(['demo.js', 'refusals.js'])(
    '%s writes no colours if the output is no terminal',
    async (name) => {
      const { stdout } = await sandbox.run(name, { NO_COLOR: '' });
      expect(stdout).not.toContain('\x1b');
    },
  );

  it('the demo fails if a server accepts a wrong password', async () => {
    const check = 'return timingSafeEqual(given.key, key) && users.has(user);';
    const text = read('examples/auth-server.js');
    expect(text).toContain(check);
    sandbox.write('auth-server.js', text.replace(check, 'return true;'));
    const { status, stdout } = await sandbox.run('demo.js');
    sandbox.write('auth-server.js', text);
    expect(status).toBe(1);
    expect(stdout).toContain('✗');
  });

  it('refusals.js fails if the library accepts an attack', async () => {
    const gate = "import { createSigner, createVerifier, sign, verify } from 'jotkit';";
    const text = read('examples/refusals.js');
    expect(text).toContain(gate);
    const open = `import { createSigner, createVerifier, sign, decode as verify } from 'jotkit';`;
    sandbox.write('open-gate.js', text.replace(gate, open));
    const { status, stdout } = await sandbox.run('open-gate.js');
    expect(status).toBe(1);
    expect(stdout).toContain('✗');
  });
});
