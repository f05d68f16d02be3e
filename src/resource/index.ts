/**
 * APIs and MCP servers that accept access tokens of other servers (RFC 9728, RFC 9068, RFC 7662).
 *
 * {@link createResource} creates what the adapters take as the option `resource`. {@link toAuthInfo} converts a
 * verified token for the MCP SDK.
 *
 * @module jotkit/resource
 */

export { type AuthInfo, toAuthInfo } from './auth-info.ts';
export type { ClientAuth } from './client-auth.ts';
export { IntrospectionError } from './introspection-error.ts';
export { createIntrospector, type Introspector } from './introspector.ts';
export type { IntrospectionOptions, IntrospectorOptions } from './introspector-options.ts';
export { createResource } from './resource.ts';
export type { FindTrustedIssuer, ResourceOptions, TrustedIssuer } from './resource-options.ts';
