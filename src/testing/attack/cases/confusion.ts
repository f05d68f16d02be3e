/** Tokens signed with an HMAC whose secret is the public key. */

import { type Forge, HMACS } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';
import { publicKeyTexts } from './public-key-texts.ts';

const add = caseOf('confusion', {
  level: 'hole',
  reference: 'RFC 8725 §3.1; CVE-2015-9235, CVE-2022-29217',
});

/** Libraries that recognized some texts of a public key, but not these. */
const REFERENCES: Record<string, string> = {
  'pem-after-line-feed': 'RFC 8725 §3.1; CVE-2026-34950',
  'pem-after-blank': 'RFC 8725 §3.1; CVE-2026-34950',
  pkcs1: 'RFC 8725 §3.1; CVE-2023-48223',
  der: 'RFC 8725 §3.1; CVE-2024-33663',
  jwk: 'RFC 8725 §3.1; GHSA-g3jj-5cmm-3hxx',
  jwks: 'RFC 8725 §3.1; GHSA-g3jj-5cmm-3hxx',
};

export function confusionCases(forge: Forge): AttackCase[] {
  if (forge.isSymmetric) return [];
  const texts = publicKeyTexts(forge.publicKey, forge.header());
  return HMACS.flatMap((bits) =>
    texts.map(({ name, title, text }) => {
      const reference = REFERENCES[name];
      const what = `HS${bits}, the secret is ${title}`;
      return add(
        `hs${bits}-${name}`,
        what,
        () => forge.hmac(bits, text),
        reference ? { reference } : {},
      );
    }),
  );
}
