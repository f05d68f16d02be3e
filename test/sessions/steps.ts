/** Random steps for the model of sessions. */

import fc from 'fast-check';

/**
 * What happens to a refresh besides: the store fails before or after it, the client of the database sends it
 * twice, or `accept` throws.
 */
export type Trouble = 'none' | 'before' | 'after' | 'twice' | 'accept';

/** Sessions count from the newest login, tokens from the newest token. */
export type Step =
  | { do: 'issue'; user: number; device: number; isShort: boolean }
  | { do: 'refresh'; session: number; behind: number; trouble: Trouble }
  | { do: 'refresh in turn'; session: number; times: number }
  | { do: 'present a newer token'; session: number; trouble: Trouble }
  | { do: 'revoke'; session: number }
  | { do: 'revokeAll'; user: number; except: number }
  | { do: 'clock'; by: number };

/** Steps, and the options of the server that runs them. */
export interface Run {
  policy: 'many' | 'per-device' | 'single';
  /** In seconds. */
  grace: number | 'until-used';
  steps: readonly Step[];
}

const stepOf = <Name extends Step['do'], Members>(
  name: Name,
  weight: number,
  members: { [Key in keyof Members]: fc.Arbitrary<Members[Key]> },
) => ({ weight, arbitrary: fc.record({ do: fc.constant(name), ...members }) });

const trouble = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Trouble>('none') },
  { weight: 4, arbitrary: fc.constantFrom<Trouble>('before', 'after', 'twice', 'accept') },
);
/** With the millisecond of each step, one after the other reaches the limits exactly. */
const jumps = [999, 9998, 9999, 29_998, 29_999, 59_998, 99_998, 199_998, -5000, -5000, -20_000];
const user = fc.nat(1);
/** From {@link ANY_SESSION}, deleted and expired sessions count, too. */
const session = fc.constantFrom(0, 0, 1, 2, 3, 10, 12);
export const ANY_SESSION = 10;

export const runs: fc.Arbitrary<Run> = fc.record({
  policy: fc.constantFrom<Run['policy']>('many', 'per-device', 'single'),
  grace: fc.constantFrom<Run['grace']>(0, 10, 60, 'until-used'),
  steps: fc.array(
    fc.oneof(
      stepOf('issue', 4, { user, device: fc.nat(2), isShort: fc.boolean() }),
      stepOf('refresh', 8, { session, behind: fc.constantFrom(0, 1, 1, 2, 3, 8, 9), trouble }),
      stepOf('refresh in turn', 3, { session, times: fc.constantFrom(1, 2, 7, 8, 9) }),
      stepOf('present a newer token', 1, { session, trouble }),
      stepOf('revoke', 1, { session }),
      stepOf('revokeAll', 1, { user, except: session }),
      stepOf('clock', 3, { by: fc.constantFrom(...jumps) }),
    ) as fc.Arbitrary<Step>,
    { minLength: 5, maxLength: 40, size: 'max' },
  ),
});
