/** Opt-in types for Fastify: `request.auth` and `fastify.authenticate`. */

import type { JwtPayload } from '../core/token.ts';
import type { Auth } from '../http/auth.ts';
import type { FastifyHook } from './fastify.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on routes without the plugin, undefined for guests. */
    auth: Auth<JwtPayload, unknown> | null | undefined;
  }
  interface FastifyInstance {
    /** For `onRequest` or `preHandler` of a route. */
    authenticate: FastifyHook;
  }
}
