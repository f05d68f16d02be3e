// jsonwebtoken's calls, unchanged but for the import (npm run build && node examples/drop-in.js).
import { randomBytes } from 'node:crypto';
import jwt from 'jotkit';

const secret = randomBytes(32);

const token = jwt.sign({ sub: 'ada', role: 'admin' }, secret, { expiresIn: '15m' });
console.log('claims  ', jwt.verify(token, secret));

jwt.verify(token, randomBytes(32), (error) => {
  console.log('refused ', `${error?.name}: ${error?.message}`);
});
