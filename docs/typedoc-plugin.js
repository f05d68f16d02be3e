/**
 * Names modules as they are imported, describes them with the sentence that opens their file, and shows one
 * signature of each function.
 */

import { readFileSync } from 'node:fs';
import { Comment, Converter, ReflectionKind } from 'typedoc';

export function load({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children) {
      // Entry points of several files have `@module` with their name.
      if (module.name.startsWith('jotkit')) continue;
      module.comment = new Comment([{ kind: 'text', text: firstSentence(module.name) }]);
      module.name = `jotkit/${subpath(module.name)}`;
    }
    for (const { signatures } of project.getReflectionsByKind(ReflectionKind.Function)) {
      const [, ...others] = signatures.sort(bySimplicity);
      for (const signature of others) project.removeReflection(signature);
    }
  });
}

function subpath(file) {
  return file.replace(/^adapters\/|stores\//, '').replace('-io', '.io');
}

function firstSentence(file) {
  const source = readFileSync(new URL(`../src/${file}.ts`, import.meta.url), 'utf8');
  const [, text] = /^\/\*\* (.*) \*\//.exec(source);
  return text;
}

/** By required parameters, then by type parameters. All have the docstring of the first. */
function bySimplicity(one, other) {
  const required = ({ parameters = [] }) => parameters.filter(({ flags }) => !flags.isOptional);
  const byRequired = required(one).length - required(other).length;
  return byRequired || (one.typeParameters?.length ?? 0) - (other.typeParameters?.length ?? 0);
}
