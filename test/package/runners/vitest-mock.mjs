import jwt, { decode, sign, verify } from 'jsonwebtoken';

vi.mock('jsonwebtoken', async (importOriginal) => {
  const original = await importOriginal();
  const verify = vi.fn(() => ({ sub: 'eve' }));
  return { ...original, verify, default: { ...original.default, verify } };
});

test('a factory replaces one function and keeps the others', () => {
  const token = sign({ sub: 'ada' }, 'secret');
  expect(decode(token)).toMatchObject({ sub: 'ada' });
  expect(verify(token, 'secret')).toEqual({ sub: 'eve' });
  expect(jwt.verify(token, 'secret')).toEqual({ sub: 'eve' });
});
