/** The rules of options that name algorithms. */

import { isListOf, type OptionRule } from '../option-rules.ts';
import { allAlgorithms, isAlgorithm } from './algorithms.ts';

export const algorithm: OptionRule = {
  get expected() {
    return `one of ${allAlgorithms.join(', ')}`;
  },
  values: allAlgorithms,
  test: isAlgorithm,
};

export const algorithmList: OptionRule = {
  get expected() {
    return `a non-empty array of ${allAlgorithms.join(', ')}`;
  },
  values: allAlgorithms,
  test: isListOf(isAlgorithm),
};
