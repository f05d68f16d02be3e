/** The command `explain`: every check, with a key and without. */

import { describe, expect, it } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { type Changes, directories, runIn } from './run-in.ts';

const directory = directories()();
const key = 'a secret of 32 bytes, or of some more';
const env = { KEY: key };
const token = createSigner(key)({ sub: 'ada', exp: 1, aud: 'shop' });
const explain = (args: string[], changes: Changes = {}) =>
  runIn(directory, ['explain', ...args], { env, ...changes });

/** The checks that failed. */
function failedIn(stdout: string): string[] {
  const { checks } = JSON.parse(stdout) as { checks: Array<{ check: string; status: string }> };
  return checks.filter(({ status }) => status === 'failed').map(({ check }) => check);
}

describe('explain', () => {
  it('lists every check that fails, and exits with 1', async () => {
    const { code, stdout, stderr } = await explain([token, '--key-env', 'KEY', '--aud', 'api']);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('exp');
    expect(stdout).toContain('aud');
    expect(stdout.endsWith('\n') && !stdout.endsWith('\n\n')).toBe(true);
    const asJson = await explain([token, '--key-env', 'KEY', '--aud', 'api', '--json']);
    expect([asJson.code, failedIn(asJson.stdout)]).toEqual([1, ['exp', 'aud']]);
    expect(asJson.stdout.split('\n')).toHaveLength(2);
  });

  it('exits with 0 for a valid token', async () => {
    const args = [token, '--key-env', 'KEY', '--ignore-expiration', '--json'];
    const { code, stdout } = await explain(args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'accepted', verified: true });
  });

  it('checks form and claims without a key, and exits with 3', async () => {
    const { code, stdout } = await explain(['--json'], { stdin: `${token}\n` });
    expect([code, failedIn(stdout)]).toEqual([3, ['exp']]);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'failed', verified: false });
  });

  it('exits with 1 for a token that no key could help', async () => {
    expect((await explain(['not a token'])).code).toBe(1);
  });

  it('exits with 3 if the keys cannot be fetched', async () => {
    const es256 = 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA';
    const args = [es256, '--jwks', 'http://127.0.0.1:1/jwks', '--json'];
    const { code, stdout } = await explain(args);
    expect([code, JSON.parse(stdout).code]).toEqual([3, 'ERR_KEY_SOURCE']);
    expect((await explain([es256, '--issuer', 'http://127.0.0.1:1'])).code).toBe(3);
  });

  it('reports wrong options and keys as verify does', async () => {
    for (const args of [
      ['--max-age', 'soon'],
      ['--key-env', 'NONE'],
      ['--key-env', 'KEY', '--algorithm', 'ES256'],
    ]) {
      const { code, stdout, stderr } = await explain([token, ...args]);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toBe(
        (await runIn(directory, ['verify', token, '--key-env', 'KEY', ...args], { env })).stderr,
      );
    }
  });

  it('hides claims with --redact', async () => {
    const secret = createSigner(key)({ sub: 'ada', email: 'ada@example.com', exp: 1 });
    for (const form of [[], ['--json']]) {
      const args = [secret, '--key-env', 'KEY', '--sub', 'eve', ...form];
      expect((await explain(args)).stdout).toContain('ada');
      expect((await explain([...args, '--redact'])).stdout).not.toContain('ada');
    }
  });

  it('shows nothing of a token that a terminal would obey', async () => {
    const hostile = createSigner(key)({ sub: '\u001b]0;owned\u0007\u202e\u200b\u009b2J', exp: 1 });
    for (const form of [[], ['--json']]) {
      const { stdout } = await explain([hostile, '--key-env', 'KEY', '--sub', 'ada', ...form]);
      expect(stdout).not.toMatch(/[^\P{C}\n]/u);
    }
  });

  it('shows colors and the width of a terminal', async () => {
    const isTerminal = { stdin: true, stdout: true, stderr: true };
    const args = [token, '--key-env', 'KEY', '--aud', 'https://a.very.long.audience.example/api'];
    const { stdout } = await explain(args, {
      isTerminal,
      env: { ...env, TERM: 'xterm' },
      columns: 50,
    });
    expect(stdout).toContain('\u001b[');
    expect(
      (await explain(args, { isTerminal, env: { ...env, NO_COLOR: '1' } })).stdout,
    ).not.toContain('\u001b');
  });

  it('shows 80 columns on a terminal that reports none', async () => {
    const args = [token, '--key-env', 'KEY'];
    const expected = await explain(args, { columns: 80 });
    expect(await explain(args, { columns: 0 })).toEqual(expected);
  });

  it('prints one line with --json if the metadata of an issuer cannot be fetched', async () => {
    const issuer = ['--issuer', 'http://127.0.0.1:1', '--json'];
    const { code, stdout, stderr } = await explain([token, ...issuer]);
    expect([code, stderr]).toEqual([3, '']);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'failed', code: 'ERR_KEY_SOURCE' });
  });
});
