/** Serves until the test that started it has ended. */

import { createServer, type RequestListener, Server } from 'node:http';
import { onTestFinished } from 'vitest';
import { listening } from './listening.ts';

/** Resolves to the origin. */
export async function serve(given: RequestListener | Server): Promise<string> {
  const server = given instanceof Server ? given : createServer(given);
  const { origin, close } = await listening(server);
  onTestFinished(() => void close());
  return origin;
}
