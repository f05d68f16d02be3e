/** Replaces the names of values in statements by the placeholders of clients. */

/** Values of statements, by name. A statement may name fewer. */
export type SqlValues = object;

/** A row as a client returns it: columns in lower case, integers as number, string or bigint. */
export type SqlRow = Record<string, unknown>;

/** The name of a value in a statement; `::` is a cast. */
const VALUE_NAME = /(?<!:):([a-z]\w*)/gi;

/** A statement as a client takes it, with the names of its values in their order. */
export interface Statement {
  readonly text: string;
  readonly names: readonly string[];
}

/** Replaces every name by `?`, or by what `placeholder` returns. */
export function withQuestionMarks(
  named: string,
  placeholder: (name: string) => string = () => '?',
): Statement {
  const names = Array.from(named.matchAll(VALUE_NAME), ([, name]) => name as string);
  return { text: named.replaceAll(VALUE_NAME, (_, name: string) => placeholder(name)), names };
}

/** Replaces every name by a number, each name by the same. */
export function withNumbers(
  named: string,
  placeholder: (number: number, name: string) => string,
): Statement {
  const names = [...new Set(withQuestionMarks(named).names)];
  const text = named.replaceAll(VALUE_NAME, (_, name: string) =>
    placeholder(names.indexOf(name) + 1, name),
  );
  return { text, names };
}

/** Returns the values in the order of the names. */
export function valuesOf({ names }: Statement, values: SqlValues): Array<string | number | null> {
  const all = values as Readonly<Record<string, string | number | null | undefined>>;
  return names.map((name) => all[name] ?? null);
}

/** Creates a function that compiles each statement once. */
export function compileOnce<Compiled>(
  compile: (named: string) => Compiled,
): (named: string) => Compiled {
  const compiled = new Map<string, Compiled>();
  return (named) => {
    let statement = compiled.get(named);
    if (statement === undefined) {
      statement = compile(named);
      compiled.set(named, statement);
    }
    return statement;
  };
}
