import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;

/** The lines of stdout and stderr with this NODE_DEBUG. */
function run(debug: string): { stdout: string[]; stderr: string[] } {
  const env = { NODE_ENV: 'production', NODE_NO_WARNINGS: '1', NODE_DEBUG: debug };
  const options = { encoding: 'utf8', env, timeout: 30_000 } as const;
  const start = () => spawnSync(process.execPath, [join(folder, 'rejections.mjs')], options);
  const first = start();
  // Node.js now and then locks up when it should exit (nodejs/node#54918).
  const { status, stdout, stderr } = first.signal ? start() : first;
  expect(status, stderr).toBe(0);
  return { stdout: stdout.trim().split('\n'), stderr: stderr.split('\n').filter(Boolean) };
}

const EXPECTED = [
  '401 token_missing: no token in "Authorization: Bearer"',
  '401 signature_invalid ERR_SIGNATURE_INVALID: the signature does not match the key, a secret; "alg" is "HS256", "kid" is absent',
  '401 claim_mismatch ERR_CLAIM_MISSING: "aud" is absent, expected "api"',
  '401 token_expired ERR_CLAIM_EXPIRED: "exp" is 2026-11-21T23:55:00Z, now is 2026-11-22T00:00:00Z: expired 300 s ago',
  '401 typ_not_allowed ERR_HEADER_TYP: "typ" is "rt+jwt", expected "JWT" or "at+jwt" or no "typ"',
];

describe('NODE_DEBUG=jotkit', () => {
  let off: ReturnType<typeof run>;
  let on: ReturnType<typeof run>;

  beforeAll(async () => {
    // Inside the repository, because the program imports the frameworks.
    const cache = join(root, 'node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, 'rejections-'));
    await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        ssr: join(root, 'test/adapters/rejections.ts'),
        outDir: folder,
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: 'rejections.mjs' } },
      },
    });
    off = run('');
    on = run('jotkit');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['Express 5', 'Fastify 5', 'Koa 3', 'Hono 4', 'ws 8'])(
    'writes the line of each rejected request under %s',
    (framework) => {
      const first = on.stdout.findIndex((line) => line.startsWith(`["${framework}"`));
      const lines = on.stderr.slice(first, first + EXPECTED.length);
      expect(lines.map((line) => line.replace(/^JOTKIT \d+: /, ''))).toEqual(
        framework === 'ws 8'
          ? [`${EXPECTED[0]}, "Sec-WebSocket-Protocol: bearer"`, ...EXPECTED.slice(1)]
          : EXPECTED,
      );
    },
  );

  it('writes nothing else, and nothing without the variable', () => {
    expect(on.stderr).toHaveLength(5 * EXPECTED.length);
    expect(off.stderr).toEqual([]);
  });

  it('changes no byte of a response', () => {
    expect(on.stdout).toHaveLength(5 * EXPECTED.length);
    expect(on.stdout).toEqual(off.stdout);
  });

  it('shows no token', () => {
    expect(on.stderr.join('\n')).not.toMatch(/eyJ|[\w-]{40}/);
  });
});
