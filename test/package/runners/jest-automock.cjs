const jwt = require('jsonwebtoken');
const { login, whoIs } = require('./auth.cjs');

jest.mock('jsonwebtoken');

test('every function is a mock', () => {
  for (const name of ['sign', 'verify', 'decode', 'createSigner', 'createVerifier']) {
    expect(jest.isMockFunction(jwt[name])).toBe(true);
  }
  expect(login('ada')).toBeUndefined();
  expect(jwt.sign).toHaveBeenCalledTimes(1);
});

test('a mock returns what the test sets', () => {
  jwt.verify.mockReturnValue({ sub: 'eve' });
  expect(whoIs('anything')).toBe('eve');
});

test('the error classes keep their family', () => {
  jwt.verify.mockImplementation(() => {
    throw new jwt.TokenExpiredError();
  });
  expect(whoIs('anything')).toBe('expired');
});

test('the actual module is one call away', () => {
  const actual = jest.requireActual('jsonwebtoken');
  expect(jest.isMockFunction(actual.verify)).toBe(false);
  expect(actual.verify(actual.sign({ sub: 'ada' }, 'secret'), 'secret').sub).toBe('ada');
});
