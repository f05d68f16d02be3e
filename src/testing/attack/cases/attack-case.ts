/** One case of an attack, and how a class of cases lists its own. */

import type { AttackLevel } from '../report.ts';

/** A token that a target must reject. */
export interface AttackCase {
  /** The class and a name: `claims/exp-string`. */
  readonly id: string;
  readonly title: string;
  readonly level: AttackLevel;
  readonly reference: string;
  /** Writes the token. Throws CannotForge if the fixtures do not suffice. */
  forge(): string;
  /** The request, if it is not `Authorization: Bearer`. Such a case is for targets over HTTP. */
  readonly request?: ((token: string) => CaseRequest) | undefined;
  /** Path under the bait's URL, which no target should fetch. */
  readonly bait?: string | undefined;
  /** Whether genuine tokens are sent at the same time. */
  readonly amidGenuine?: boolean | undefined;
}

/** How a case sends its token over HTTP. Header names may repeat. */
export interface CaseRequest {
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly query: string | undefined;
  readonly method: string | undefined;
}

/** What is common to the cases of a class, or differs in one of them. */
export interface CaseDefaults {
  readonly level: AttackLevel;
  readonly reference: string;
  readonly request?: AttackCase['request'];
  readonly bait?: string;
  readonly amidGenuine?: boolean;
}

/** Creates a case of a class. */
export type AddCase = (
  name: string,
  title: string,
  forge: () => string,
  differences?: Partial<CaseDefaults>,
) => AttackCase;

/** Returns a function that creates the cases of a class. */
export function caseOf(className: string, defaults: CaseDefaults): AddCase {
  return (name, title, forge, differences) => {
    // Every member is own: a polluted Object.prototype adds no request.
    const absent = { request: undefined, bait: undefined, amidGenuine: false };
    const settings = { ...absent, ...defaults, ...differences };
    return { id: `${className}/${name}`, title, forge, ...settings };
  };
}
