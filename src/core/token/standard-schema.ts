/** Reads the result of a Standard Schema v1 validator (zod, valibot, arktype, …). */

import { usageError } from '../../errors.ts';
import { Fault } from './fault.ts';

/**
 * A validator with the `~standard` interface. jotkit reads only the members below.
 *
 * @example
 * ```ts
 * import { object, string } from 'zod';
 *
 * const { JWT_SECRET = '' } = process.env;
 * const schema: StandardSchema<{ sub: string }> = object({ sub: string() });
 * const verify = createVerifier(JWT_SECRET, { schema });
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

/** The result of `validate`. */
export type SchemaResult<Output = unknown> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** Whether the value is a validator; some are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof (value as StandardSchema)['~standard']?.validate === 'function';
}

/** Returns the validated claims, or a Fault. The issues can quote values, so they are only the `cause`. */
export function schemaOutput(result: SchemaResult | undefined): unknown {
  if (!result?.issues) {
    if (Object.hasOwn(Object(result), 'value')) return result?.value;
    // Fails closed: a validator that returns false probably means to reject.
    throw usageError('ERR_OPTION_INVALID', 'the schema returns neither a value nor issues');
  }
  const paths = result.issues.map(({ path = [] }) => {
    return path.map((part) => String(typeof part === 'object' ? part.key : part));
  });
  const names = new Set(paths.map((path) => path.join('.')));
  const quoted = [...names].map((name) => (name ? `"${name}"` : 'the claims set'));
  const message = `jwt claims do not match the schema: ${quoted.join(', ')}`;
  return new Fault('ERR_CLAIM_SCHEMA', message, paths[0]?.[0], { cause: result.issues });
}
