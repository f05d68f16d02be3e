const { generateKeyPairSync } = require('node:crypto');
const { promisify } = require('node:util');
const jwt = require('jsonwebtoken');
const { login, whoIs } = require('./auth.cjs');

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const sign = promisify(jwt.sign);
const verify = promisify(jwt.verify);

beforeEach(() => {
  jest.useFakeTimers();
  jest.setSystemTime(new Date('2030-01-01T00:00:00Z'));
});
afterEach(() => jest.useRealTimers());

test.each([
  ['HS256', 'secret', 'secret'],
  ['RS256', privateKey, publicKey],
])('callbacks of %s come although the timers stand', async (algorithm, signing, verifying) => {
  const token = await sign({ sub: 'ada' }, signing, { algorithm });
  const claims = await verify(token, verifying, { algorithms: [algorithm] });
  expect(claims).toEqual({ sub: 'ada', iat: 1893456000 });
  await expect(verify(token, 'another', {})).rejects.toThrow(jwt.JsonWebTokenError);
});

test('a key function calls back, too', async () => {
  const token = await sign({ sub: 'ada' }, privateKey, { algorithm: 'RS256', keyid: 'first' });
  const find = (header, done) => done(null, header.kid === 'first' ? publicKey : undefined);
  await expect(verify(token, find, { algorithms: ['RS256'] })).resolves.toMatchObject({
    sub: 'ada',
  });
});

test('promises come although the timers stand', async () => {
  const token = await jwt.signAsync({ sub: 'ada' }, privateKey, { algorithm: 'RS256' });
  await expect(jwt.verifyAsync(token, publicKey)).resolves.toMatchObject({ sub: 'ada' });
});

test('setSystemTime moves a token past its end', () => {
  const token = login('ada');
  jest.setSystemTime(new Date('2030-01-01T00:14:59Z'));
  expect(whoIs(token)).toBe('ada');
  jest.setSystemTime(new Date('2030-01-01T00:15:00Z'));
  expect(whoIs(token)).toBe('expired');
});

test('advanceTimersByTime moves it, too', () => {
  const token = login('ada');
  jest.advanceTimersByTime(15 * 60_000);
  expect(whoIs(token)).toBe('expired');
});

test('prepared functions follow the same clock', () => {
  const issue = jwt.createSigner('a secret of thirty-two bytes or more', { expiresIn: '1m' });
  const check = jwt.createVerifier('a secret of thirty-two bytes or more', {
    algorithms: ['HS256'],
    issuer: false,
    audience: false,
  });
  const token = issue({ sub: 'ada' });
  expect(check(token)).toMatchObject({ sub: 'ada' });
  jest.advanceTimersByTime(60_000);
  expect(() => check(token)).toThrow(jwt.TokenExpiredError);
});
