/** Finds what a command attacks: a URL, or an export of a module. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { wrongUsage } from '../command-error.ts';
import type { Surroundings } from '../surroundings.ts';

/** Returns the URL, or the function that a module exports. Imports it, after the variables are set. */
export async function loadTarget(
  target: string,
  variables: Readonly<Record<string, string | undefined>>,
  { directory, env, setVariable }: Surroundings,
): Promise<string | object> {
  if (/^[a-z]+:\/\//i.test(target)) return target;
  const [path = '', name = 'default'] = target.split('#', 2);
  const file = resolve(directory, path);
  if (path === '' || !existsSync(file)) {
    throw wrongUsage('the target must be a URL, or the path of a module that exists');
  }
  for (const [variable, value] of Object.entries(variables)) {
    if (!Object.hasOwn(env, variable) && value !== undefined) setVariable(variable, value);
  }
  const module = await importModule(file);
  const value = Object.hasOwn(module, name) ? module[name] : undefined;
  if (typeof value === 'function') return value;
  const functions = Object.keys(module)
    .filter((each) => typeof module[each] === 'function')
    .sort();
  const hint = functions.length > 0 ? `: it exports ${functions.join(', ')}` : '';
  throw wrongUsage(`the module must export the target as a function${hint}`);
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'it threw';
    throw wrongUsage(`the module cannot be imported: ${reason.slice(0, 500)}`);
  }
}
