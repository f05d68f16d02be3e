import { generateKeyPairSync } from 'node:crypto';
import { promisify } from 'node:util';
import jwt from 'jsonwebtoken';
import { login, whoIs } from './auth.cjs';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('spyOn replaces verify until it is restored', () => {
  vi.spyOn(jwt, 'verify').mockReturnValue({ sub: 'eve' });
  expect(whoIs('anything')).toBe('eve');
  vi.restoreAllMocks();
  expect(whoIs('anything')).toBe('rejected');
});

test('spyOn watches sign', () => {
  const sign = vi.spyOn(jwt, 'sign');
  login('ada');
  expect(sign).toHaveBeenCalledWith({ sub: 'ada' }, expect.any(String), { expiresIn: '15m' });
});

test('fake timers move a token past its end, and callbacks come', async () => {
  vi.useFakeTimers({
    now: new Date('2030-01-01T00:00:00Z'),
    toFake: ['Date', 'setTimeout', 'setImmediate', 'queueMicrotask', 'performance'],
  });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const options = { algorithm: 'RS256', expiresIn: '1m' };
  const token = await promisify(jwt.sign)({ sub: 'ada' }, privateKey, options);
  const claims = await promisify(jwt.verify)(token, publicKey);
  expect(claims).toEqual({ sub: 'ada', iat: 1893456000, exp: 1893456060 });
  vi.setSystemTime(new Date('2030-01-01T00:01:00Z'));
  await expect(promisify(jwt.verify)(token, publicKey)).rejects.toThrow(jwt.TokenExpiredError);
});
