/** Proofs, certificates and resources for tests, which record what they receive. */

import { expect } from 'vitest';
import type { RejectedToken } from '../../src/core/verify/verification-result.ts';
import type { ProtectedResource, SenderProof } from '../../src/http/index.ts';
import {
  type AcceptedByResource,
  type ResourcePlan,
  withPlan,
} from '../../src/http/protected-resource.ts';
import { headerOf } from '../../src/http/request.ts';

export const metadataUrl = 'https://api.example/.well-known/oauth-protected-resource';

/** Accepts the proof "valid"; another one makes `verify` reject with `error`. */
export function fakeDpop(options: Partial<SenderProof> & { error?: Error } = {}) {
  const calls: unknown[] = [];
  const { error = new Error('no error was expected'), ...members } = options;
  const dpop: SenderProof = {
    algorithms: ['ES256', 'EdDSA'],
    origins: ['https://api.example'],
    required: false,
    nonce: () => undefined,
    async verify(request, bound) {
      calls.push({ request, bound });
      if (headerOf(request, 'dpop') !== 'valid') throw error;
    },
    ...members,
  };
  return { dpop, calls };
}

type Result = AcceptedByResource | RejectedToken;

/** A resource whose tokens are what `verify` accepts. */
export function fakeResource(
  verify: (token: unknown, request: unknown) => Result | Promise<Result>,
  plan: Partial<ResourcePlan> = {},
): ProtectedResource {
  const resource: ProtectedResource = {
    metadata: { resource: 'https://api.example' },
    metadataUrl,
    verify: async () => expect.unreachable(),
    serve: ({ url = '/', originalUrl = url }) =>
      new URL(originalUrl, 'http://localhost').pathname === new URL(metadataUrl).pathname
        ? Response.json({ resource: 'https://api.example' }, { headers: { 'x-open': 'yes' } })
        : undefined,
    close() {},
  };
  const full: ResourcePlan = {
    verify: async (token, request) => verify(token, request),
    origin: 'https://api.example',
    ...plan,
  };
  return withPlan(resource, full);
}

export const accepted = (
  value: object,
  kind: AcceptedByResource['kind'] = 'jwt',
  widen?: AcceptedByResource['widen'],
): AcceptedByResource => ({ ok: true, value, kind, widen });
