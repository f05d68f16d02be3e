// Validates claims with a Standard Schema, here written by hand. Pass zod, valibot and arktype schemas the same way.
import { createSigner, createVerifier } from 'jotkit';

const { JWT_SECRET = '' } = process.env;

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

const sign = createSigner(JWT_SECRET, { expiresIn: '15m' });
const verify = createVerifier(JWT_SECRET, { algorithms: ['HS256'], schema: Account });

console.log(verify(sign({ sub: 'ada', role: 'admin' })));
try {
  verify(sign({ sub: 'eve', role: 'root' }));
} catch (error) {
  console.log(`${error.code}: ${error.message}`);
}
