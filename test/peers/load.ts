/** Loads the packages beside this file, which the type check of the repository does not have. */

/** A package by its name in package.json. */
// biome-ignore lint/suspicious/noExplicitAny: the peers are not installed when types are checked
export async function load(name: string): Promise<any> {
  const loaded = await import(/* @vite-ignore */ name);
  return loaded.default ?? loaded;
}
