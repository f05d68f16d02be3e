import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';
import { read, root } from './snippets.ts';

const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.js'));

describe('the examples', () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
    for (const name of examples) sandbox.write(name, read(`examples/${name}`));
  }, 60_000);
  afterAll(() => sandbox.remove());

  it.each(examples)('%s runs to its end', async (name) => {
    const { status, stdout, stderr } = await sandbox.run(name);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toBe('');
  });

  it('the demo sees nothing that surprises it, and says how much it saw', async () => {
    const { stdout } = await sandbox.run('demo.js');
    expect(stdout).not.toContain('✗');
    expect(stdout).toMatch(/^ {2}\d+ as expected$/m);
  });

  it('the demo writes no colours where nobody would see them', async () => {
    const { stdout } = await sandbox.run('demo.js', { NO_COLOR: '' });
    expect(stdout).not.toContain('\x1b');
  });

  it('the demo fails when the library lets something through', async () => {
    const gate = "import { createSigner, createVerifier, sign, verify } from 'jotkit';";
    const text = read('examples/demo.js');
    expect(text).toContain(gate);
    const open = `import { createSigner, createVerifier, sign, decode as verify } from 'jotkit';`;
    sandbox.write('open-gate.js', text.replace(gate, open));
    const { status, stdout } = await sandbox.run('open-gate.js');
    expect(status).toBe(1);
    expect(stdout).toContain('✗');
  });
});
