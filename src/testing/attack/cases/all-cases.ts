/** Lists the classes of cases. */

import type { Carrier } from '../carrier.ts';
import type { Forge } from '../forge.ts';
import { algTypeCases } from './alg-type.ts';
import type { AttackCase } from './attack-case.ts';
import { claimsCases } from './claims.ts';
import { confusionCases } from './confusion.ts';
import { critCases } from './crit.ts';
import { downgradeCases } from './downgrade.ts';
import { headerKeyCases } from './header-key.ts';
import { jsonCases } from './json.ts';
import { jweCases } from './jwe.ts';
import { kidCases } from './kid.ts';
import { signatureCases } from './signature.ts';
import { textCases } from './text.ts';
import { transportCases } from './transport.ts';
import { typCases } from './typ.ts';
import { unsignedCases } from './unsigned.ts';
import { weakSecretCases } from './weak-secret.ts';

/** The classes in the order in which they run. */
const classes = {
  unsigned: unsignedCases,
  confusion: confusionCases,
  'weak-secret': weakSecretCases,
  'header-key': headerKeyCases,
  kid: kidCases,
  signature: signatureCases,
  text: textCases,
  json: jsonCases,
  crit: critCases,
  claims: claimsCases,
  'alg-type': algTypeCases,
  downgrade: downgradeCases,
  typ: typCases,
  jwe: jweCases,
  transport: transportCases,
};

export const classNames: readonly string[] = Object.keys(classes);

/** Returns the cases that the fixtures are for. */
export function allCases(forge: Forge, carrier: Carrier): AttackCase[] {
  return Object.values(classes).flatMap((casesOf) => casesOf(forge, carrier));
}
