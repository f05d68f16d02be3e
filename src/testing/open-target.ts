/** Tells the kinds of targets apart, and starts an application. */

import { typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import type { AttackSettings } from './attack-options.ts';
import { httpTarget } from './http-target.ts';
import { type RequestHandler, serveLocally } from './local-server.ts';
import { parseLoopbackUrl } from './loopback-url.ts';
import { functionTarget, type Target, type VerifyFunction } from './target.ts';

/** Opens a target. Throws TypeError for another value, and for options that the target has no use for. */
export async function openTarget(input: unknown, settings: AttackSettings): Promise<Target> {
  const { route, method = 'GET', timeout } = settings;
  if (typeof input === 'string' || input instanceof URL) {
    const url = parseLoopbackUrl(input, route);
    return httpTarget({ url, method, timeout, close: async () => {} });
  }
  if (typeof input !== 'function') {
    const message = 'target must be a function, an application (request, response) or a URL';
    throw usageError('ERR_OPTION_INVALID', `${message}, got ${typeNameOf(input)}`);
  }
  if (isApplication(input)) {
    const server = await serveLocally(input as RequestHandler);
    const url = parseLoopbackUrl(server.url, route);
    return httpTarget({ url, method, timeout, close: server.close });
  }
  for (const name of ['route', 'method'] as const) {
    if (settings[name] === undefined) continue;
    const message = `"${name}" is for applications (request, response) and URLs`;
    throw usageError('ERR_OPTION_INVALID', `${message}; the target is a function of a token`);
  }
  return functionTarget(input as VerifyFunction, timeout);
}

/** An application has two parameters or more. A verifier of jotkit has two as well, and the method `result`. */
function isApplication(input: object & { length?: unknown }): boolean {
  return Number(input.length) >= 2 && !Object.hasOwn(input, 'result');
}
