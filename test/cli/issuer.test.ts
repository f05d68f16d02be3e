/** The command `issuer`: what it prints, and what lines on stdin do. */

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { discover } from '../../src/jwk/index.ts';
import { type Changes, directories, type Outcome, runIn } from './run-in.ts';

const directory = directories()();

/** Tells a running issuer what to do next. */
interface Console {
  /** The URL of the issuer. */
  url(): string;
  /** Writes a line, and waits until the output has changed. Resolves to what was added. */
  write(line: string): Promise<string>;
}

/** Runs the issuer while `use` runs, then presses Ctrl-C. */
async function withIssuer(
  args: string[],
  use: (console: Console) => Promise<void>,
  changes: Changes = {},
): Promise<Outcome> {
  let output = '';
  let changed = () => {};
  let interrupt = () => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
  });
  const texts = { stdout: '', stderr: '' };
  const writer = (name: keyof typeof texts) => (text: string) => {
    texts[name] += text;
    output += text;
    changed();
  };
  const stdin = new PassThrough();
  const hasChanged = () =>
    new Promise<void>((resolve) => {
      changed = resolve;
    });
  const running = runIn(directory, ['issuer', '--algorithm', 'ES256', ...args], {
    stdin,
    stdout: writer('stdout'),
    stderr: writer('stderr'),
    untilInterrupted: () => interrupted,
    ...changes,
  });
  // The first token follows the URL.
  while (!/eyJ[^\n]+\n/.test(output)) await hasChanged();
  try {
    await use({
      url: () => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? '',
      async write(line) {
        const { length } = output;
        stdin.write(`${line}\n`);
        while (output.length === length) await hasChanged();
        return output.slice(length);
      },
    });
  } finally {
    interrupt();
  }
  return { ...texts, code: (await running).code };
}

describe('issuer', () => {
  it('prints its URLs, and a token that its keys verify', async () => {
    const { code, stdout, stderr } = await withIssuer(['--aud', 'api'], async (console) => {
      const { jwks, issuer } = await discover(console.url());
      const verify = createVerifier(jwks, { issuer, audience: 'api' });
      expect(await verify((await console.write('')).trim())).toMatchObject({ aud: 'api' });
      jwks.close();
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(eyJ[\w.-]+\n){2}$/);
    expect(stderr).toMatch(
      /^issuer: (http:\/\/127\.0\.0\.1:\d+)\nkeys: {3}\1\/\S+\n\n {2}curl \1\/\.well-known\/openid-configuration\n/,
    );
  });

  it('prints JSON lines with --json', async () => {
    const { stdout, stderr } = await withIssuer(['--json'], async () => {});
    const [first, second] = stdout.trim().split('\n');
    expect(JSON.parse(first ?? '')).toEqual({
      issuer: expect.stringMatching(/^http:\/\/127/),
      jwksUri: expect.stringMatching(/^http:\/\/127/),
    });
    expect(JSON.parse(second ?? '')).toEqual({ token: expect.stringMatching(/^eyJ/) });
    expect(stderr).toBe('');
  });

  it('signs the claims of --claims, and those of a line over them', async () => {
    writeFileSync(join(directory, 'claims.json'), '{"sub":"ada","scope":"read"}');
    const args = ['--claims', '@claims.json', '--typ', 'at+jwt', '--expires-in', '1h'];
    await withIssuer(args, async (console) => {
      const [header = '', payload = ''] = (await console.write('token {"sub":"eve"}')).split('.');
      const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
      expect(read(header).typ).toBe('at+jwt');
      const { exp, iat, ...claims } = read(payload);
      expect(claims).toEqual({ iss: console.url(), sub: 'eve', scope: 'read' });
      expect(exp - iat).toBe(3600);
    });
  });

  it('makes tokens with faults', async () => {
    await withIssuer([], async (console) => {
      const { jwks } = await discover(console.url());
      const { result } = createVerifier(jwks);
      const expired = await console.write('token expired');
      expect(await result(expired.trim())).toMatchObject({ code: 'ERR_CLAIM_EXPIRED' });
      const unsigned = await console.write('  token  unsigned expired {"sub":"ada"} ');
      expect(unsigned).toMatch(/^[\w-]+\.[\w-]+\.\n$/);
      jwks.close();
    });
  });

  it('rotates, fails, waits and recovers by lines', async () => {
    await withIssuer([], async (console) => {
      const keys = async () => {
        const response = await fetch(`${console.url()}/.well-known/jwks.json`);
        return response.ok
          ? ((await response.json()) as { keys: unknown[] }).keys.length
          : response.status;
      };
      expect(await keys()).toBe(1);
      expect(await console.write('rotate')).toMatch(/^issuer: signs with the new key \S+\n$/);
      expect(await keys()).toBe(2);
      expect(await console.write('revoke')).toMatch(/, and publishes no other\n$/);
      expect(await console.write('outage')).toBe('issuer: fails until "recover"\n');
      expect(await keys()).toBe(503);
      expect(await console.write('recover')).toBe('issuer: responds as before\n');
      expect(await keys()).toBe(1);
      expect(await console.write('slow 1ms')).toBe('issuer: responds late until "recover"\n');
      expect(await console.write('advance 10m')).toMatch(/^issuer: the time is 2\d{3}-/);
    });
  });

  it('lists its lines with help', async () => {
    await withIssuer([], async (console) => {
      expect(await console.write('help')).toMatch(/^Lines on stdin[\s\S]*advance <time>/);
    });
  });

  it.each([
    ['frobnicate', 'unknown line: expected token, rotate, revoke, outage, slow, recover, advance'],
    ['constructor', 'unknown line: expected token, rotate, revoke, outage, slow, recover, advance'],
    ['token {"a":', 'the claims must be a JSON object'],
    ['token {"exp":"soon"}', '"exp" should be a number of seconds'],
    ['token sunny', '"faults" must be one or an array of '],
    ['outage sunny', ''],
    ['slow', 'the time must be a number of seconds, or a time such as 15m, 2h or 7d'],
    ['advance soon', 'the time must be a number of seconds, or a time such as 15m, 2h or 7d'],
  ])('reports a wrong line, and runs on: %s', async (line, message) => {
    await withIssuer([], async (console) => {
      const output = await console.write(line);
      expect(output).toMatch(/^error: [^\n]+\n$/);
      expect(output).toContain(message);
      expect(await console.write('')).toMatch(/^eyJ/);
    });
  });

  it('runs on after the end of stdin', async () => {
    let isInterrupted = false;
    const untilInterrupted = () =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          isInterrupted = true;
          resolve();
        }, 50);
      });
    const args = ['issuer', '--algorithm', 'ES256'];
    const { code, stdout } = await runIn(directory, args, { stdin: 'token', untilInterrupted });
    expect([code, isInterrupted]).toEqual([0, true]);
    expect(stdout).toMatch(/^(eyJ[\w.-]+\n){2}$/);
  });

  it.each([
    [['--port', '0'], '"--port" must be a number from 1 to 65535'],
    [['--port', '65536'], '"--port" must be a number from 1 to 65535'],
    [['--algorithm', 'RS265'], 'unknown algorithm: did you mean "RS256"?'],
    [['--algorithm', 'HS256'], '"--algorithm" must be one of RS256'],
    [['--claims', '-'], 'stdin is for lines: pass "--claims" as JSON or @path'],
    [['--claims', '[]'], '"--claims" must be a JSON object'],
  ])('reports wrong usage: %j', async (args, message) => {
    const { code, stdout, stderr } = await runIn(directory, ['issuer', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.startsWith(`error: ${message}`)).toBe(true);
  });

  it('reports a port that is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const outcome = await runIn(directory, ['issuer', '--algorithm', 'ES256', '--port', `${port}`]);
    server.close();
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: the port of "--port" is in use\n',
    });
  });
});
