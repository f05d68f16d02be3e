import { expect, test } from 'vitest';
import { childProcess } from '../fixtures/child.ts';

const run = await childProcess();

/** Counts the calls of a callback that throws, in a process that goes on after it. */
const counting = (call: string) => `
  const { sign, verify } = jotkit;
  const secret = 's'.repeat(64);
  const good = sign({ sub: 'ada' }, secret);
  let calls = 0;
  const seen = [];
  process.on('uncaughtException', (error) => seen.push(error.message));
  const callback = () => { calls += 1; throw new Error('a fault of the callback'); };
  ${call};
  setTimeout(() => console.log(JSON.stringify({ calls, seen })), 50);
`;

const calls = {
  'sign that succeeds': `sign({ sub: 'ada' }, secret, callback)`,
  'sign that fails': `sign({ exp: 'soon' }, secret, callback)`,
  'verify that succeeds': `verify(good, secret, callback)`,
  'verify that fails': `verify(good + 'x', secret, callback)`,
  'verify with a key function': `verify(good, (header, done) => done(null, secret), callback)`,
  'verify with a key function that fails': `verify(good, (header, done) => done(new Error('no')), callback)`,
};

for (const [title, call] of Object.entries(calls)) {
  test(`an exception in the callback of a ${title} surfaces, and calls it no second time`, () => {
    const { stdout } = run(counting(call));
    expect(JSON.parse(stdout)).toEqual({ calls: 1, seen: ['a fault of the callback'] });
  });

  test(`an exception in the callback of a ${title} ends a process that does not handle it`, () => {
    const { status, stdout, stderr } = run(`
      const { sign, verify } = jotkit;
      const secret = 's'.repeat(64);
      const good = sign({ sub: 'ada' }, secret);
      const callback = () => { throw new Error('a fault of the callback'); };
      ${call};
      setTimeout(() => console.log('went on'), 50);
    `);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('a fault of the callback');
  });
}

test('callbacks and promises come although every timer and queue of the globals is replaced', () => {
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

    const done = (resolve, reject) => (error, value) => (error ? reject(error) : resolve(value));
    const token = await new Promise((yes, no) => sign({ a: 1 }, secret, done(yes, no)));
    const es = await new Promise((yes, no) => sign({ a: 2 }, privateKey, ES, done(yes, no)));
    const answers = [
      await new Promise((yes, no) => verify(token, secret, done(yes, no))),
      await new Promise((yes, no) => verify(es, publicKey, done(yes, no))),
      await new Promise((yes, no) => verify(es, (h, cb) => cb(null, publicKey), done(yes, no))),
      await verifyAsync(await signAsync({ a: 3 }, privateKey, ES), publicKey),
      await createVerifier(publicKey, { async: true })(
        await createSigner(privateKey, { async: true })({ a: 4 }),
      ),
    ];
    process.stdout.write(JSON.stringify(answers.map(({ a }) => a)));
    stop(keep);
  `);
  expect(stdout).toBe('[1,2,2,3,4]');
});
