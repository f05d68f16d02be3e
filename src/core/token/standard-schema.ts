/** Claims held against a validator of the caller: Standard Schema v1 (zod, valibot, arktype, …). */

import { usageError } from '../../errors.ts';
import { Fault } from './fault.ts';

/**
 * Any validator with the `~standard` interface; jotkit only reads what is named here.
 *
 * @example
 * ```ts
 * import { object, string } from 'zod';
 *
 * const schema: StandardSchema<{ sub: string }> = object({ sub: string() });
 * const { sub } = verify(token, secret, { schema });
 * ```
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** What `validate` answers with. */
export type SchemaResult<Output = unknown> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** Some validators are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof (value as StandardSchema)['~standard']?.validate === 'function';
}

/** The output of the validator, or a Fault whose `cause` holds its messages, which may quote values. */
export function schemaOutput(result: SchemaResult | undefined): unknown {
  if (!result?.issues) {
    if ('value' in Object(result)) return result?.value;
    // Not accepted: a validator that returns false may mean that the claims are invalid.
    throw usageError('ERR_OPTION_INVALID', 'the schema returns neither a value nor issues');
  }
  const paths = result.issues.map(({ path = [] }) => {
    return path.map((part) => String(typeof part === 'object' ? part.key : part));
  });
  const names = new Set(paths.map((path) => path.join('.')));
  const places = [...names].map((name) => (name ? `"${name}"` : 'the claims set'));
  const message = `jwt claims do not match the schema: ${places.join(', ')}`;
  return new Fault('ERR_CLAIM_SCHEMA', message, paths[0]?.[0], { cause: result.issues });
}
