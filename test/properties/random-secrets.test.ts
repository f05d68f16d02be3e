/** K13: no random secret is mistaken for a key or for the name of one. */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';

describe('a random secret', () => {
  it('is accepted in every encoding', () => {
    const secrets = fc.tuple(
      fc.integer({ min: 32, max: 96 }),
      fc.constantFrom('base64', 'base64url', 'hex', undefined),
    );
    fc.assert(
      fc.property(secrets, ([size, encoding]) => {
        const bytes = randomBytes(size);
        const secret = encoding ? bytes.toString(encoding as BufferEncoding) : bytes;
        expect(createVerifier(secret)(createSigner(secret)({ sub: 'ada' }))).toMatchObject({
          sub: 'ada',
        });
      }),
      { numRuns: 3000 },
    );
  });
});
