/** Every way to verify a token, behind one signature, so that an attack is tried through all of them. */

import { createVerifier, verify, verifyAsync } from '../../src/index.ts';

type Options = Record<string, unknown>;

export interface Door {
  readonly name: string;
  /** `classic` speaks jsonwebtoken's dialect, `prepared` fails closed. */
  readonly kind: 'classic' | 'prepared';
  /** Whether a function finds the key. */
  readonly source: boolean;
  open(token: unknown, key: unknown, options?: Options): Promise<unknown>;
}

function door(
  name: string,
  kind: Door['kind'],
  source: boolean,
  open: (token: never, key: never, options: never) => unknown,
): Door {
  return {
    name,
    kind,
    source,
    open: async (token, key, options = {}) => open(token as never, key as never, options as never),
  };
}

function called(call: (done: (error: unknown, value?: unknown) => void) => unknown) {
  return new Promise((resolve, reject) => {
    call((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}

export const doors: readonly Door[] = [
  door('verify', 'classic', false, (token, key, options) => verify(token, key, options)),
  door('verify with a callback', 'classic', false, (token, key, options) =>
    called((done) => verify(token, key, options, done)),
  ),
  door('verify with a key function', 'classic', true, (token, key, options) =>
    called((done) =>
      verify(
        token,
        ((_: unknown, answer: (e: null, k: unknown) => void) => answer(null, key)) as never,
        options,
        done,
      ),
    ),
  ),
  door('verifyAsync', 'classic', false, (token, key, options) => verifyAsync(token, key, options)),
  door('verifyAsync with a key source', 'classic', true, (token, key, options) =>
    verifyAsync(token, (() => key) as never, options),
  ),
  door('createVerifier', 'prepared', false, (token, key, options) =>
    createVerifier(key, options)(token),
  ),
  door('createVerifier, async', 'prepared', false, (token, key, options) =>
    createVerifier(key, { ...(options as object), async: true })(token),
  ),
  door('createVerifier with a key source', 'prepared', true, (token, key, options) =>
    createVerifier((() => key) as never, options)(token),
  ),
  door('createVerifier with a list of keys', 'prepared', true, (token, key, options) =>
    createVerifier((() => [key]) as never, options)(token),
  ),
  door('createVerifier with an async key source', 'prepared', true, (token, key, options) =>
    createVerifier((async () => key) as never, options)(token),
  ),
];

export const classicDoors = doors.filter(({ kind }) => kind === 'classic');
export const preparedDoors = doors.filter(({ kind }) => kind === 'prepared');

/** What a refusal says of itself. */
export interface Refusal {
  error: Error & { code?: string; claim?: string };
  code: string;
}

/**
 * Tries a token at a door. Answers how it was refused; throws where it was accepted, or refused by
 * accident: every refusal of the library carries a code.
 */
export async function refusal(
  { name, open }: Door,
  token: unknown,
  key: unknown,
  options?: Options,
): Promise<Refusal> {
  let accepted: unknown;
  try {
    accepted = await open(token, key, options);
  } catch (error) {
    const { code } = Object(error) as { code?: unknown };
    if (error instanceof Error && typeof code === 'string' && code.startsWith('ERR_')) {
      if (!foreign(code)) return { error, code };
    }
    throw new Error(`${name}: refused by accident: ${String(error)}`, { cause: error });
  }
  throw new Error(`${name}: accepted ${JSON.stringify(accepted)}`);
}

/** Codes that Node.js gives to its own errors; ours name a stage. */
function foreign(code: string): boolean {
  return !/^ERR_(OPTION|TOKEN|HEADER|KEY|SIGNATURE|PAYLOAD|CLAIM)_/.test(code);
}

/** The refusals of all doors, as `door → code`; a door that accepts stands as `ACCEPTED`. */
export async function codes(
  at: readonly Door[],
  token: unknown,
  key: unknown,
  options?: Options,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const each of at) {
    answers[each.name] = await refusal(each, token, key, options).then(
      ({ code }) => code,
      (error: Error) => error.message,
    );
  }
  return answers;
}

/** What is left of {@link codes} when the doors that refuse properly are taken away. */
export async function openDoors(
  at: readonly Door[],
  token: unknown,
  key: unknown,
  options?: Options,
): Promise<string[]> {
  const answers = await codes(at, token, key, options);
  return Object.values(answers).filter((answer) => !/^ERR_[A-Z_]+$/.test(answer));
}
