/** The command `attack`: targets, fixtures, and exit codes. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { directories, runIn } from './run-in.ts';

const directory = directories()();
const key = 'a secret of 32 bytes, or of some more';
const env = { KEY: key };
const ATTACK = [
  '--key-env',
  'KEY',
  '--claims',
  '{"sub":"ada","iss":"https://id.example","aud":"api"}',
];

mkdirSync(join(directory, 'src'));
writeFileSync(
  join(directory, 'src/verify.mjs'),
  `
  import { createHmac } from 'node:crypto';
  const key = ${JSON.stringify(key)};
  const read = (part) => JSON.parse(Buffer.from(part, 'base64url'));
  const sign = (text) => createHmac('sha256', key).update(text).digest('base64url');
  /** Rejects what has another signature, and forgets the claims. */
  export function forgetful(token) {
    const [header, payload, signature] = token.split('.');
    if (sign(header + '.' + payload) !== signature) throw new Error('invalid');
    return read(payload);
  }
  /** Accepts everything. */
  export default (token) => read(token.split('.')[1]);
  export const closed = () => null;
  export const version = 1;
  `,
);
writeFileSync(join(directory, 'broken.mjs'), 'throw new Error("no database\\u001b[31m");');
writeFileSync(join(directory, 'empty.mjs'), 'export const version = 1;');

const run = (args: string[]) => runIn(directory, ['attack', ...args], { env });

describe('attack', () => {
  let url = '';
  const verify = createVerifier(key, { issuer: 'https://id.example', audience: 'api' });
  const server = createServer((request, response) => {
    const [, token = ''] = /^Bearer ([^ ]+)$/.exec(request.headers.authorization ?? '') ?? [];
    response.statusCode = verify.result(token).ok ? 200 : 401;
    response.end();
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/me`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('exits with 0 for a server that accepts no forged token', async () => {
    const { code, stdout, stderr } = await run([url, ...ATTACK]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^attack: 0 holes, /);
  });

  it('exits with 1 for a module that accepts forged tokens', async () => {
    const { code, stdout } = await run(['src/verify.mjs#forgetful', ...ATTACK]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^attack: [1-9]\d* holes?, /);
    expect(stdout).toContain('hole  claims/exp-past');
    const asDefault = await run([join(directory, 'src/verify.mjs'), ...ATTACK, '--json']);
    expect(asDefault.code).toBe(1);
    expect(JSON.parse(asDefault.stdout)).toMatchObject({ ok: false, holes: expect.any(Array) });
  });

  it('exits with 3 for a target that accepts nothing', async () => {
    const { code, stdout, stderr } = await run(['src/verify.mjs#closed', ...ATTACK]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^inconclusive: the genuine token must be accepted [^\n]+\n$/);
    const asJson = await run(['src/verify.mjs#closed', ...ATTACK, '--json']);
    expect(asJson).toMatchObject({ code: 3, stderr: '' });
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      ok: false,
      inconclusive: expect.any(String),
    });
  });

  it('runs and omits cases by name, and counts levels', async () => {
    const only = (...args: string[]) =>
      run(['src/verify.mjs#forgetful', ...ATTACK, '--json', ...args]);
    const one = JSON.parse((await only('--only', 'claims/exp-past')).stdout);
    expect([one.cases, one.holes.length]).toEqual([1, 1]);
    expect((await only('--only', 'unsigned')).code).toBe(0);
    // No case at all says nothing.
    expect((await only('--only', 'claims', '--skip', 'claims')).code).toBe(3);
    const crit = JSON.parse((await only('--only', 'crit')).stdout);
    expect([crit.ok, crit.faults.length > 0]).toEqual([true, true]);
    expect((await only('--only', 'crit', '--fail-on', 'fault')).code).toBe(1);
  });

  it('sets the variables of --dotenv for the module', async () => {
    writeFileSync(join(directory, '.env'), `KEY=other\nATTACKED_KEY=${JSON.stringify(key)}\n`);
    const set: Record<string, string> = {};
    const setVariable = (name: string, value: string) => {
      set[name] = value;
    };
    const args = ['attack', 'src/verify.mjs#forgetful', ...ATTACK, '--dotenv', '.env'];
    expect((await runIn(directory, args, { env, setVariable })).code).toBe(1);
    expect(set).toEqual({ ATTACKED_KEY: key });
  });

  it('reads the variables for the key and for the module from one stdin', async () => {
    const set: Record<string, string> = {};
    const args = ['attack', 'src/verify.mjs#forgetful', ...ATTACK, '--dotenv', '-'];
    const { code } = await runIn(directory, args, {
      stdin: `KEY=${JSON.stringify(key)}\n`,
      setVariable(name, value) {
        set[name] = value;
      },
    });
    expect([code, set]).toEqual([1, { KEY: key }]);
  });

  it('uses a token if there is no key to sign with', async () => {
    const token = createSigner(key, {
      expiresIn: '5m',
      issuer: 'https://id.example',
      audience: 'api',
    })({});
    const { code, stdout } = await run([url, token]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('skipped')]);
    const args = ['attack', url, '-'];
    expect((await runIn(directory, args, { stdin: `${token}\n` })).code).toBe(0);
  });

  it('signs under another algorithm, kid and typ', async () => {
    const args = ['--algorithm', 'HS256', '--kid', 'k1', '--typ', 'at+jwt', '--timeout', '2s'];
    const { code } = await run([url, ...ATTACK, ...args, '--only', 'unsigned', '--method', 'POST']);
    expect(code).toBe(0);
  });

  it('sends tokens in a cookie, or in a header of its own', async () => {
    const args = [url, ...ATTACK, '--only', 'unsigned'];
    expect((await run([...args, '--header', 'X-At'])).code).toBe(3);
    expect((await run([...args, '--cookie', 'at'])).code).toBe(3);
    const both = await run([...args, '--cookie', 'at', '--header', 'X-At']);
    expect(both.code).toBe(2);
    expect(both.stderr).toContain('"cookie" and "header" exclude each other');
  });

  it.each([
    [[], 'pass a target: a URL, or a module and its export'],
    [['none.mjs', ...ATTACK], 'the target must be a URL, or the path of a module that exists'],
    [['#verify', ...ATTACK], 'the target must be a URL, or the path of a module that exists'],
    [['empty.mjs', ...ATTACK], 'the module must export the target as a function'],
    [
      ['src/verify.mjs#version', ...ATTACK],
      'the module must export the target as a function: it exports closed, default, forgetful',
    ],
    [['broken.mjs', ...ATTACK], 'the module cannot be imported: Error: no database\\u001b[31m'],
    [['https://example.com', ...ATTACK], 'target must be'],
    [['http://example.com', ...ATTACK], 'target must be on localhost, 127.0.0.0/8 or [::1]'],
    [['src/verify.mjs#closed'], 'pass a key with "--key-file" or "--key-env"'],
    [
      ['x', 'a.b.c', '--claims', '{}'],
      '"--claims" is for tokens that are signed here: pass no token',
    ],
    [['x', ...ATTACK, '--fail-on', 'holes'], '"--fail-on" must be hole, fault or note'],
    [['x', ...ATTACK, '--timeout', 'soon'], '"--timeout" must be a number of seconds'],
    [
      ['src/verify.mjs#closed', ...ATTACK, '--only', 'sunny'],
      '"--only" and "--skip" must name cases: expected one of ',
    ],
    [['src/verify.mjs#closed', ...ATTACK, '--route', '/'], '"--route" is for applications'],
  ])('reports wrong usage: %#', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.startsWith(`error: ${message}`)).toBe(true);
  });
});
