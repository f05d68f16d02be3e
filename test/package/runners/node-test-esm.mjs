import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import jwt from 'jsonwebtoken';
import { whoIs } from './auth.cjs';

test('mock.method on the default import reaches code that requires', () => {
  mock.method(jwt, 'verify', () => ({ sub: 'eve' }));
  assert.equal(whoIs('anything'), 'eve');
  mock.restoreAll();
  assert.equal(whoIs('anything'), 'rejected');
});
