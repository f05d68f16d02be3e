/** Tells the kinds of targets apart, and starts an application. */

import { typeNameOf } from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';
import type { AttackSettings } from './attack-options.ts';
import { httpTarget } from './http-target.ts';
import { type RequestHandler, serveLocally } from './local-server.ts';
import { parseLoopbackUrl } from './loopback-url.ts';
import { functionTarget, type Target, type VerifyFunction } from './target.ts';

/**
 * Opens a target. Throws TypeError for another value, and for options that the target has no use for.
 * `token` is a genuine one.
 */
export async function openTarget(
  input: unknown,
  settings: AttackSettings,
  token: string,
): Promise<Target> {
  const { route, method = 'GET', carrier, timeout, namesOfHttp } = settings;
  if (typeof input === 'string' || input instanceof URL) {
    const url = parseLoopbackUrl(input, route);
    return httpTarget({ url, method, carrier, timeout, close: async () => {} });
  }
  if (typeof input !== 'function') {
    const message = 'target must be a function, an application (request, response) or a URL';
    throw usageError('ERR_OPTION_INVALID', `${message}, got ${typeNameOf(input)}`);
  }
  if (input.length >= 2) return openEither(input as EitherFunction, settings, token);
  const [named] = namesOfHttp;
  if (named === undefined) return functionTarget(input as VerifyFunction, timeout);
  const message = `"${named}" is for applications (request, response) and URLs`;
  throw usageError('ERR_OPTION_INVALID', `${message}; the target is a function of a token`);
}

type EitherFunction = RequestHandler & VerifyFunction;

/**
 * Starts an application, unless the function is a verifier: those of createVerifier, too, have two
 * parameters. They throw for a request, and an application responds.
 */
async function openEither(
  input: EitherFunction,
  { route, method = 'GET', carrier, timeout, namesOfHttp }: AttackSettings,
  token: string,
): Promise<Target> {
  const server = await serveLocally(input);
  const url = parseLoopbackUrl(server.origin, route);
  const { close } = server;
  const application = httpTarget({ url, method, carrier, timeout, close });
  if (namesOfHttp.length > 0) return application;
  const { failure } = await application.send({ token, request: undefined });
  if (!failure) return application;
  const verifier = functionTarget(input, timeout);
  const isVerifier =
    server.hasThrown() || (await verifier.send({ token, request: undefined })).accepted;
  if (!isVerifier) return application;
  await application.close();
  return verifier;
}
