// Calls of jsonwebtoken, unchanged except for the import.
import jwt from 'jotkit';

const { JWT_SECRET = '' } = process.env;

const token = jwt.sign({ sub: 'ada', role: 'admin' }, JWT_SECRET, { expiresIn: '15m' });

const { sub, role } = jwt.verify(token, JWT_SECRET);
console.log('verify  ', sub, role);
console.log('decode  ', jwt.decode(token, { complete: true }).header);

jwt.verify(token, JWT_SECRET, { audience: 'api' }, (error) => {
  console.log('callback', `${error.name}: ${error.message}`);
});

try {
  jwt.verify(jwt.sign({ sub: 'ada' }, JWT_SECRET, { expiresIn: -1 }), JWT_SECRET);
} catch (error) {
  console.log('expired ', error instanceof jwt.TokenExpiredError, error.message);
}
