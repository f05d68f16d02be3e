/**
 * Explains everything that is wrong with a token, with the checks of the verifier itself.
 *
 * @module jotkit/explain
 */

export type { CheckName } from '../core/token/named-check.ts';
export { explain, explainClassic, explainUnverified } from './explain.ts';
export type { ExplainOptions } from './explain-options.ts';
export type { ExplainedCheck, Explanation, Hint, HintName } from './explanation.ts';
export { type RenderOptions, renderExplanation } from './render.ts';
