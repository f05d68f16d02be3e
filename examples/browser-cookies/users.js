// Checks passwords. A user that does not exist takes as long as a wrong password.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

async function hash(password, salt = randomBytes(16)) {
  return { salt, key: await promisify(scrypt)(password, salt, 32) };
}

const users = new Map([['ada', await hash('correct horse')]]);
const dummy = await hash(randomBytes(16).toString('hex'));

export async function isPassword(user, password) {
  const { salt, key } = users.get(user) ?? dummy;
  const given = await hash(password, salt);
  return timingSafeEqual(given.key, key) && users.has(user);
}
