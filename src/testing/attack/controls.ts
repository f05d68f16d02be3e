/** Checks that a target accepts genuine tokens and rejects requests without one. */

import type { Forge } from './forge.ts';
import type { Target } from './target.ts';

/** In a row, because a stateful RegExp rejects every second token (CVE-2026-35040). */
const REPETITIONS = 4;

/** Returns why a result would say nothing about the target, or undefined. */
export async function checkControls(target: Target, forge: Forge): Promise<string | undefined> {
  const token = forge.genuineToken();
  for (let index = 1; index <= REPETITIONS; index++) {
    const { accepted, text } = await target.send({ token, request: undefined });
    if (!accepted)
      return `the genuine token must be accepted ${REPETITIONS} times in a row; call ${index}: ${text}`;
  }
  return target.kind === 'http' ? checkRoute(target) : checkFunction(target);
}

const BARE = { query: undefined, method: undefined };

async function checkRoute(target: Target): Promise<string | undefined> {
  const bare = await target.send({ token: '', request: { ...BARE, headers: [] } });
  if (bare.accepted) return `the route requires no token: ${bare.text} without one`;
  const basic: ReadonlyArray<readonly [string, string]> = [['Authorization', 'Basic YTpi']];
  const other = await target.send({ token: '', request: { ...BARE, headers: basic } });
  return other.accepted ? `the route requires no token: ${other.text} to "Basic"` : undefined;
}

/** A function that returns its rejections as objects would seem to accept everything. */
async function checkFunction(target: Target): Promise<string | undefined> {
  const { accepted } = await target.send({ token: 'not a token', request: undefined });
  return accepted
    ? 'the function accepts "not a token": throw, or return false, null or undefined to reject'
    : undefined;
}
