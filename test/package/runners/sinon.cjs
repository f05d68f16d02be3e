const assert = require('node:assert/strict');
const { generateKeyPairSync } = require('node:crypto');
const { afterEach, test } = require('node:test');
const { promisify } = require('node:util');
const jwt = require('jsonwebtoken');
const sinon = require('sinon');
const { login, whoIs } = require('./auth.cjs');

afterEach(() => sinon.restore());

test('a stub replaces verify until it is restored', () => {
  sinon.stub(jwt, 'verify').returns({ sub: 'eve' });
  assert.equal(whoIs('anything'), 'eve');
  sinon.restore();
  assert.equal(whoIs('anything'), 'rejected');
});

test('a stub throws an error of the library', () => {
  sinon.stub(jwt, 'verify').throws(new jwt.TokenExpiredError('jwt expired', new Date(0)));
  assert.equal(whoIs('anything'), 'expired');
});

test('a stub yields to the callback', async () => {
  sinon.stub(jwt, 'verify').yields(null, { sub: 'eve' });
  assert.deepEqual(await promisify(jwt.verify)('anything', 'key'), { sub: 'eve' });
});

test('a spy watches sign', () => {
  const sign = sinon.spy(jwt, 'sign');
  login('ada');
  sinon.assert.calledOnceWithMatch(sign, { sub: 'ada' });
});

test('fake timers move a token past its end, and callbacks come', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const sign = promisify(jwt.sign);
  const verify = promisify(jwt.verify);
  // All but nextTick and queueMicrotask, which the runner itself needs.
  const toFake = ['Date', 'setTimeout', 'setInterval', 'setImmediate'];
  const clock = sinon.useFakeTimers({ now: 1_900_000_000_000, toFake });
  const token = await sign({ sub: 'ada' }, privateKey, { algorithm: 'RS256', expiresIn: '1m' });
  assert.equal((await verify(token, publicKey)).iat, 1_900_000_000);
  clock.tick(60_000);
  await assert.rejects(verify(token, publicKey), jwt.TokenExpiredError);
});
