import jwt, { sign, TokenExpiredError, verify } from 'jsonwebtoken';

vi.mock('jsonwebtoken');

test('every function is a mock, by name and in the default', () => {
  for (const one of [sign, verify, jwt.sign, jwt.verify]) expect(vi.isMockFunction(one)).toBe(true);
  vi.mocked(verify).mockReturnValue({ sub: 'eve' });
  expect(verify('anything', 'key')).toEqual({ sub: 'eve' });
  expect(new TokenExpiredError()).toBeInstanceOf(TokenExpiredError);
});
