/** Tests of callbacks in a separate process: exceptions in them, and replaced timers. */

import { expect, test } from 'vitest';
import { childProcess } from '../fixtures/child.ts';

const run = await childProcess();

const setup = `
  const { sign, verify } = jotkit;
  const secret = 's'.repeat(64);
  const token = sign({ sub: 'ada' }, secret);
  const callback = () => { throw new Error('thrown by the callback'); };
`;

const calls = [
  `sign({ sub: 'ada' }, secret, callback)`,
  `sign({ exp: 'soon' }, secret, callback)`,
  `verify(token, secret, callback)`,
  `verify(token + 'x', secret, callback)`,
  `verify(token, (header, done) => done(null, secret), callback)`,
  `verify(token, (header, done) => done(new Error('no')), callback)`,
];

test('does not catch an exception of a callback, and does not call it again', () => {
  const { stdout } = run(`${setup}
    const seen = [];
    process.on('uncaughtException', (error) => seen.push(error.message));
    const counts = [];
    const runs = [${calls.map((call) => `(callback) => ${call}`)}];
    for (const [i, run] of runs.entries()) {
      counts[i] = 0;
      run(() => { counts[i] += 1; callback(); });
    }
    setTimeout(() => console.log(JSON.stringify({ counts, seen })), 100);
  `);
  expect(JSON.parse(stdout)).toEqual({
    counts: calls.map(() => 1),
    seen: calls.map(() => 'thrown by the callback'),
  });
});

test.each([
  ['sign', calls[0]],
  ['verify', calls[2]],
  ['verify with a key function', calls[4]],
])('ends the process if the callback of %s throws', (_, call) => {
  const { status, stdout, stderr } = run(`${setup}
    ${call};
    setTimeout(() => console.log('still running'), 50);
  `);
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('thrown by the callback');
});

test('calls callbacks and resolves promises if all timers and queues are replaced', () => {
  const { stdout } = run(`
    import { generateKeyPairSync } from 'node:crypto';
    const { sign, verify, signAsync, verifyAsync, createSigner, createVerifier } = jotkit;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const secret = 's'.repeat(64);
    const ES = { algorithm: 'ES256' };
    const keep = setInterval(() => {}, 1000);
    const stop = clearInterval;
    const never = () => {};
    globalThis.setTimeout = globalThis.setInterval = globalThis.setImmediate = never;
    globalThis.queueMicrotask = process.nextTick = never;

    const called = (call) =>
      new Promise((yes, no) => call((error, value) => (error ? no(error) : yes(value))));
    const token = await called((done) => sign({ a: 1 }, secret, done));
    const es = await called((done) => sign({ a: 2 }, privateKey, ES, done));
    const payloads = [
      await called((done) => verify(token, secret, done)),
      await called((done) => verify(es, publicKey, done)),
      await called((done) => verify(es, (header, found) => found(null, publicKey), done)),
      await verifyAsync(await signAsync({ a: 3 }, privateKey, ES), publicKey),
      await createVerifier(publicKey, { async: true })(
        await createSigner(privateKey, { async: true })({ a: 4 }),
      ),
    ];
    process.stdout.write(JSON.stringify(payloads.map(({ a }) => a)));
    stop(keep);
  `);
  expect(stdout).toBe('[1,2,2,3,4]');
});
