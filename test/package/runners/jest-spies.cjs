const { promisify } = require('node:util');
const jwt = require('jsonwebtoken');
const { login, secret, whoIs } = require('./auth.cjs');

afterEach(() => jest.restoreAllMocks());

test('spyOn watches verify without changing it', () => {
  const verify = jest.spyOn(jwt, 'verify');
  const token = login('ada');
  expect(whoIs(token)).toBe('ada');
  expect(verify).toHaveBeenCalledTimes(1);
  expect(verify).toHaveBeenCalledWith(token, secret, { algorithms: ['HS256'] });
});

test('spyOn replaces verify until it is restored', () => {
  jest.spyOn(jwt, 'verify').mockReturnValue({ sub: 'eve' });
  expect(whoIs('anything')).toBe('eve');
  jest.restoreAllMocks();
  expect(whoIs('anything')).toBe('rejected');
});

test('spyOn lets verify throw an error of the library', () => {
  jest.spyOn(jwt, 'verify').mockImplementation(() => {
    throw new jwt.TokenExpiredError('jwt expired', new Date(0));
  });
  expect(whoIs('anything')).toBe('expired');
});

test.each(['sign', 'verify', 'decode'])('spyOn takes %s', (name) => {
  jest.spyOn(jwt, name).mockReturnValue('replaced');
  expect(jwt[name]()).toBe('replaced');
});

test('spyOn calls the callback', async () => {
  jest
    .spyOn(jwt, 'sign')
    .mockImplementation((_payload, _key, _options, done) => done(null, 'text'));
  await expect(promisify(jwt.sign)({}, secret, {})).resolves.toBe('text');
});
