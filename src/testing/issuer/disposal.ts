/** Lets `using` undo and `await using` close, if the runtime has the symbols. */

type KeyOf<Name extends string> = SymbolConstructor extends { readonly [N in Name]: infer Key }
  ? Extract<Key, symbol>
  : never;

/** An undo, also by `using`. Without members in TypeScript libraries that lack `Symbol.dispose`. */
export type Undo = (() => void) & { readonly [Key in KeyOf<'dispose'>]: () => void };

/** What `await using` closes. */
export type Closable = {
  /** Closes it at the end of an `await using` block. */
  readonly [Key in KeyOf<'asyncDispose'>]: () => Promise<void>;
};

/** Returns the function, with itself as `Symbol.dispose`. */
export function disposable(undo: () => void): Undo {
  return Object.assign(undo, Symbol.dispose && { [Symbol.dispose]: undo }) as Undo;
}

/** Returns the member that closes an object. */
export function closedBy(close: () => Promise<void>): Closable {
  return (Symbol.asyncDispose ? { [Symbol.asyncDispose]: close } : {}) as Closable;
}
