/** What is done with a key source: when it is asked, and what its answer is worth. */

import { KeySourceError, tokenError, usageError } from '../../errors.ts';
import { type Algorithm, allAlgorithms } from '../keys/algorithms.ts';
import { bind, type KeyArgument } from '../keys/key.ts';
import { cachedKey } from '../keys/key-cache.ts';
import { type checkSize, isCompatible } from '../keys/key-checks.ts';
import type { KeySource } from '../keys/key-input.ts';
import { algOf, checkAlg, checkKid } from '../token/header-checks.ts';
import type { ParsedToken } from '../token/token.ts';
import type { VerificationPlan } from './verify-token.ts';

/** From a key source it is a failure of the source, and says nothing about the token. */
const sourceArgument: KeyArgument = {
  role: 'verify',
  name: 'the key from the key source',
  missing: 'the key from the key source is empty',
  invalid: (code, message) => new KeySourceError(message, usageError(code, message)),
  mismatch: (code, message) => new KeySourceError(message, usageError(code, message)),
};

/**
 * How a key is asked for and what is done with it: the token has to be worth the question, and a key
 * that does not fit the token is not its key.
 */
export function sourceRules(
  source: KeySource,
  named: readonly Algorithm[] = allAlgorithms,
  judgeSize: typeof checkSize | undefined = undefined,
): Pick<VerificationPlan, 'seek' | 'lists' | 'beforeSeek' | 'admit'> {
  const algorithms = named.filter((alg) => alg !== 'none');
  return {
    seek: source,
    lists: true,
    beforeSeek(token) {
      checkSigned(token);
      checkAlg(algOf(token.header), algorithms);
      checkKid(token.header);
    },
    admit(token, answer) {
      if (answer === null || answer === undefined) {
        throw tokenError('ERR_KEY_NOT_FOUND', 'no key was found for this token');
      }
      // Once more: allow-list, header and key count together, as they are now.
      const alg = algOf(token.header);
      checkAlg(alg, algorithms);
      const key = cachedKey(answer, sourceArgument);
      if (!isCompatible(alg, key, 'verify'))
        throw tokenError('ERR_HEADER_ALG', 'invalid algorithm');
      judgeSize?.(alg, key, sourceArgument);
      return bind(alg, key);
    },
  };
}

/** An empty signature is none, whatever the header says. */
export function checkSigned(token: ParsedToken): void {
  if (!token.signature) throw tokenError('ERR_SIGNATURE_MISSING', 'jwt signature is required');
}
