const { login, whoIs } = require('./auth.cjs');

jest.mock('jsonwebtoken', () => ({
  ...jest.requireActual('jsonwebtoken'),
  verify: jest.fn(() => ({ sub: 'eve' })),
}));

test('a factory replaces one function and keeps the others', () => {
  const token = login('ada');
  expect(token.split('.')).toHaveLength(3);
  expect(whoIs(token)).toBe('eve');
});
