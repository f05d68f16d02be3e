// Claims held against a Standard Schema, here written by hand (npm run build && node examples/schema.js).
// zod, valibot and arktype schemas are Standard Schemas, too, and are given in the same way.
import { randomBytes } from 'node:crypto';
import { createSigner, createVerifier } from 'jotkit';

const Account = {
  '~standard': {
    version: 1,
    vendor: 'example',
    validate(claims) {
      if (claims.role !== 'admin' && claims.role !== 'reader') {
        return { issues: [{ message: 'unknown role', path: ['role'] }] };
      }
      return { value: { id: claims.sub, isAdmin: claims.role === 'admin' } };
    },
  },
};

const secret = randomBytes(32);
const sign = createSigner(secret, { expiresIn: '15m' });
const verify = createVerifier(secret, { algorithms: ['HS256'], schema: Account });

console.log('account ', verify(sign({ sub: 'ada', role: 'admin' })));

try {
  verify(sign({ sub: 'eve', role: 'root' }));
  process.exitCode = 1;
} catch (error) {
  console.log('refused ', `${error.code}: ${error.message}`);
}
