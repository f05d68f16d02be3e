// Two issuers, and two attackers. Real issuers publish their keys at a URL: see examples/remote-keys.
import { generateKeyPairSync } from 'node:crypto';
import { createSigner } from 'jotkit';

const staff = generateKeyPairSync('ed25519');
const makePartner = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [older, newer] = [makePartner(), makePartner()];

export const staffKey = staff.publicKey;
export const partnerKeys = new Map([
  ['2026-10', older.publicKey],
  ['2026-11', newer.publicKey],
]);

const signers = new Map(
  Object.entries({
    staff: [staff, 'https://staff.example'],
    partner: [older, 'https://partner.example', '2026-10'],
    'partner-new-key': [newer, 'https://partner.example', '2026-11'],
    'unknown-key': [makePartner(), 'https://partner.example', '2026-12'],
    // The partner signs a token in the name of the staff.
    forger: [newer, 'https://staff.example', '2026-11'],
    stranger: [staff, 'https://stranger.example'],
  }),
);

/** Returns a token of Ada, or undefined for an unknown name. */
export function signAs(name) {
  const signer = signers.get(name);
  if (!signer) return undefined;
  const [{ privateKey }, issuer, keyid] = signer;
  const options = { issuer, audience: 'gateway', expiresIn: '10m', ...(keyid && { keyid }) };
  return createSigner(privateKey, options)({ sub: 'ada' });
}
