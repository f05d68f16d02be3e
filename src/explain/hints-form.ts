/** Finds hints about the form of a token: what is around it, padding and encryption. */

import { decodeText, isJsonObject, parseJson } from '../core/encoding/strict-json.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import { type ParsedToken, parseToken } from '../core/token/token.ts';
import type { VerificationPlan } from '../core/verify/verify-token.ts';
import type { Hint, HintName } from './explanation.ts';
import { codeOf } from './reason.ts';
import type { Observation, Verification } from './watch-engine.ts';

/** What callers pass around a token. */
interface Frame {
  readonly hint: HintName;
  readonly text: string;
  /** Returns the string without it: the same string if it has none. */
  remove(token: string): string;
}

const FRAMES: readonly Frame[] = [
  {
    hint: 'bearer-prefix',
    text: 'The token begins with the scheme "Bearer". Pass only what is behind it.',
    remove: (token) => token.replace(/^\s*(?:authorization\s*:\s*)?bearer\s+/i, ''),
  },
  {
    hint: 'quotes',
    text: 'The token is in quotes. Remove them: JSON.parse reads a JSON string.',
    remove(token) {
      const text = token.trim();
      const isQuoted = text.length > 2 && /^(?:"|'|`|\\"|“)/.test(text);
      return isQuoted
        ? text.replace(/^(?:"|'|`|\\"|“)/, '').replace(/(?:"|'|`|\\"|”)$/, '')
        : token;
    },
  },
  {
    hint: 'white-space',
    text: 'The token contains white space. Remove it, also line breaks at the end of a file.',
    remove: (token) => token.replace(/[\s\u200b-\u200d\u2060]+/g, ''),
  },
];

const PADDED =
  'The parts are padded with "=", which RFC 7515 §2 does not allow. If the issuer always pads, set "allowPadding".';
const PADDED_BY_ALB =
  'An AWS load balancer signed this token, and pads its parts. Set "allowPadding".';
const UNPADDED_ALB =
  'An AWS load balancer signed this token, with its padding. Pass the token as the header has it, and set "allowPadding".';
const CLAIM_IN_ALB_HEADER =
  'An AWS load balancer signed this token. It writes "exp" and "iss" into the header, so check them in your key source.';
const ENCRYPTED =
  'The token has five parts: it is encrypted (JWE, RFC 7516). Ask the issuer for a signed token, or decrypt it first.';

/** Longer strings are not searched for a token. */
const MAX_LENGTHS = 2;

export function findFormHints(
  { token, plan }: Verification,
  { parsed, results }: Observation,
): Hint[] {
  if (parsed) return albHints(parsed, plan, results);
  if (typeof token !== 'string' || token.length > MAX_LENGTHS * plan.maxTokenLength) return [];
  const { text, frames } = unframe(token);
  if (isEncrypted(text)) return [{ hint: 'encrypted', text: ENCRYPTED, check: 'token' }];
  const hints = frames.map(({ hint, text }): Hint => ({ hint, text, check: 'token' }));
  if (isParsed(parseToken(text, plan.maxTokenLength, plan.allowPadding))) return hints;
  const bare = parseToken(text.replaceAll('=', ''), plan.maxTokenLength);
  if (plan.allowPadding || !text.includes('=') || !isParsed(bare)) return [];
  const padding = isOfAlb(bare) ? PADDED_BY_ALB : PADDED;
  return [...hints, { hint: 'padding', text: padding, check: 'token' }];
}

/** Removes one frame after another: a token in a header can be in quotes and end with a line break. */
function unframe(token: string): { text: string; frames: readonly Frame[] } {
  const frames = new Set<Frame>();
  let text = token;
  for (;;) {
    const frame = FRAMES.find(({ remove }) => remove(text) !== text);
    if (!frame) return { text, frames: FRAMES.filter((one) => frames.has(one)) };
    frames.add(frame);
    text = frame.remove(text);
  }
}

const isParsed = (parsed: ParsedToken | Fault): parsed is ParsedToken => !(parsed instanceof Fault);

/** Five parts, and a header that names how the content is encrypted (RFC 7516 §4.1.2). */
function isEncrypted(text: string): boolean {
  const [header = '', ...others] = text.split('.', 6);
  const json = others.length === 4 ? decodeText(header) : undefined;
  const parsed = typeof json === 'string' ? parseJson(json) : undefined;
  return isJsonObject(parsed) && typeof ownClaim(parsed, 'enc') === 'string';
}

/** Amazon Resource Names begin like this. */
function isOfAlb({ header }: ParsedToken): boolean {
  const signer = ownClaim(header, 'signer');
  return typeof signer === 'string' && signer.startsWith('arn:aws');
}

function albHints(
  parsed: ParsedToken,
  { allowPadding }: VerificationPlan,
  results: Observation['results'],
): Hint[] {
  if (!isOfAlb(parsed)) return [];
  const hadPadding = parsed.signingInput.split('.').some((part) => part.length % 4 !== 0);
  if (codeOf(results.get('signature')) === 'ERR_SIGNATURE_INVALID' && hadPadding && !allowPadding) {
    return [{ hint: 'padding', text: UNPADDED_ALB, check: 'signature' }];
  }
  const isInHeader = ownClaim(parsed.header, 'iss') !== undefined;
  if (codeOf(results.get('iss')) !== 'ERR_CLAIM_MISSING' || !isInHeader) return [];
  return [{ hint: 'padding', text: CLAIM_IN_ALB_HEADER, check: 'iss' }];
}
