/** Opt-in types for Express: `req.auth` and `req.user` without getAuth, on every route. */

import type { JwtPayload } from '../core/token.ts';
import type { Auth } from '../http/auth.ts';

declare global {
  namespace Express {
    interface Request {
      /** Undefined on routes without the middleware, and for guests. */
      auth?: Auth<JwtPayload, unknown> | undefined;
    }
  }
}
