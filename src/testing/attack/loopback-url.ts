/** Checks that the URL of a target is on this machine. */

import * as option from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';

const IPV4_LOOPBACK = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** The literals that never leave the machine. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || IPV4_LOOPBACK.test(hostname);
}

/**
 * Parses the URL of a target. Throws TypeError for a host that is not a literal of the loopback. No option
 * overrides this: the kit is for servers of your own, which you can run here.
 */
export function parseLoopbackUrl(target: string | URL, route: string | undefined): URL {
  let url: URL;
  try {
    url = new URL(target);
  } catch {
    throw wrongTarget('must be a URL such as "http://localhost:3000/me"');
  }
  if (url.protocol !== 'http:') throw wrongTarget('must be a URL with the scheme http');
  if (url.username || url.password) throw wrongTarget('must be a URL without user and password');
  if (!isLoopback(url.hostname)) {
    throw wrongTarget('must be on localhost, 127.0.0.0/8 or [::1]: run your server here');
  }
  return route === undefined ? url : new URL(url.origin + route);
}

function wrongTarget(rule: string): TypeError {
  return usageError('ERR_OPTION_INVALID', `target ${rule}`);
}

/** A path with an optional query. Two slashes would name a host. */
export const route: option.OptionRule = {
  expected: 'a path that begins with one "/"',
  test: (value) => option.isString(value) && /^\/(?![/\\])[\x21-\x7e]*$/.test(value),
};
