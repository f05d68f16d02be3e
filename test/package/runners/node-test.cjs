const assert = require('node:assert/strict');
const { afterEach, mock, test } = require('node:test');
const { promisify } = require('node:util');
const jwt = require('jsonwebtoken');
const { login, whoIs } = require('./auth.cjs');

afterEach(() => {
  mock.restoreAll();
  mock.timers.reset();
});

test('mock.method replaces verify until it is restored', () => {
  const verify = mock.method(jwt, 'verify', () => ({ sub: 'eve' }));
  assert.equal(whoIs('anything'), 'eve');
  assert.equal(verify.mock.callCount(), 1);
  mock.restoreAll();
  assert.equal(whoIs('anything'), 'rejected');
});

test('mock.method watches sign', () => {
  const sign = mock.method(jwt, 'sign');
  assert.equal(whoIs(login('ada')), 'ada');
  assert.deepEqual(sign.mock.calls[0].arguments[0], { sub: 'ada' });
});

test('mock.timers move a token past its end', async () => {
  mock.timers.enable({ apis: ['Date', 'setTimeout', 'setImmediate'], now: 1_900_000_000_000 });
  const token = login('ada');
  assert.equal(jwt.decode(token).iat, 1_900_000_000);
  assert.equal(whoIs(token), 'ada');
  mock.timers.tick(15 * 60_000);
  assert.equal(whoIs(token), 'expired');
  await assert.rejects(promisify(jwt.verify)(token, 'another'), jwt.JsonWebTokenError);
});
